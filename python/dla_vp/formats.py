# SPDX-License-Identifier: Apache-2.0
"""NumPy arrays to the bytes the DLA reads, and back: feature cubes, weights, pictures, operands.

    cube = pack_feature(array, atom_bytes=8)                    # array: channels, height, width
    array = unpack_feature(cube, (10, 2, 3), "int8", atom_bytes=8)
    stream = pack_weights(kernels, kernels_per_group=8, channel_block=8)
                                                                # kernels: kernels, channels, height, width

Every function takes the sizes of the hardware (atom, kernel group, channel block) as plain numbers;
the methods of dla_vp.Dla fill them in from the configuration. Elements are int8, int16 or float16,
little endian. Layouts: docs/python.md and data-formats of the hardware.
"""
import numpy as np

from ._native import Error, pixel_formats as _pixel_formats

DTYPES = {"int8": np.dtype("<i1"), "int16": np.dtype("<i2"), "fp16": np.dtype("<f2")}
WEIGHT_STREAM_BYTES = 128  # streams are zero-filled to a multiple of it


def dtype_of(precision):
    """int8, int16 or fp16, as a name or a NumPy type, as the NumPy type in memory."""
    if isinstance(precision, str) and precision in DTYPES:
        return DTYPES[precision]
    wanted = np.dtype(precision).newbyteorder("<")
    for dtype in DTYPES.values():
        if wanted == dtype:
            return dtype
    raise Error(f"'{precision}' is no element type of the DLA; there are int8, int16 and fp16")


def _elements(array, dimensions, what):
    array = np.asarray(array)
    if array.ndim != len(dimensions):
        raise Error(f"{what} has {array.ndim} dimensions; it takes {len(dimensions)}: {', '.join(dimensions)}")
    if array.size == 0:
        raise Error(f"{what} is empty")
    return np.ascontiguousarray(array, dtype=dtype_of(array.dtype))


def _strides(width, height, pixel_bytes, line_stride, surface_stride):
    """The strides in bytes; packed where not given."""
    line = width * pixel_bytes if line_stride is None else line_stride
    if line < width * pixel_bytes:
        raise Error(f"line_stride {line} is below the line's {width * pixel_bytes} bytes")
    surface = line * height if surface_stride is None else surface_stride
    if surface < line * height:
        raise Error(f"surface_stride {surface} is below the surface's {line * height} bytes")
    return line, surface


def _cube_view(memory, surfaces, height, width, pixel_bytes, line, surface):
    """Bytes of every pixel in place: surfaces, height, width, pixel_bytes."""
    return np.lib.stride_tricks.as_strided(
        memory, (surfaces, height, width, pixel_bytes), (surface, line, pixel_bytes, 1))


def feature_bytes(shape, precision, atom_bytes, line_stride=None, surface_stride=None):
    """Bytes from the beginning of a cube to its last atom's end. shape: channels, height, width."""
    channels, height, width = shape
    line, surface = _strides(width, height, atom_bytes, line_stride, surface_stride)
    per_atom = atom_bytes // dtype_of(precision).itemsize
    surfaces = -(-channels // per_atom)
    return (surfaces - 1) * surface + (height - 1) * line + width * atom_bytes


def pack_feature(array, atom_bytes, line_stride=None, surface_stride=None):
    """A feature cube: surfaces of ceil(channels / channels per atom); missing channels are 0."""
    array = _elements(array, ("channels", "height", "width"), "a feature cube")
    channels, height, width = array.shape
    per_atom = atom_bytes // array.itemsize
    surfaces = -(-channels // per_atom)
    line, surface = _strides(width, height, atom_bytes, line_stride, surface_stride)
    padded = np.zeros((surfaces * per_atom, height, width), array.dtype)
    padded[:channels] = array
    atoms = padded.reshape(surfaces, per_atom, height, width).transpose(0, 2, 3, 1)
    memory = np.zeros(feature_bytes(array.shape, array.dtype, atom_bytes, line, surface), np.uint8)
    _cube_view(memory, surfaces, height, width, atom_bytes, line, surface)[...] = (
        np.ascontiguousarray(atoms).view(np.uint8))
    return memory


def unpack_feature(memory, shape, precision, atom_bytes, line_stride=None, surface_stride=None):
    """The array (channels, height, width) of a feature cube that begins at memory[0]."""
    channels, height, width = shape
    dtype = dtype_of(precision)
    memory = np.asarray(memory, np.uint8)
    needed = feature_bytes(shape, dtype, atom_bytes, line_stride, surface_stride)
    if memory.size < needed:
        raise Error(f"the cube takes {needed} bytes, there are {memory.size}")
    line, surface = _strides(width, height, atom_bytes, line_stride, surface_stride)
    per_atom = atom_bytes // dtype.itemsize
    surfaces = -(-channels // per_atom)
    atoms = np.ascontiguousarray(_cube_view(memory, surfaces, height, width, atom_bytes, line, surface))
    elements = atoms.view(dtype).transpose(0, 3, 1, 2)
    return elements.reshape(surfaces * per_atom, height, width)[:channels].copy()


def _stream(pieces, dtype):
    data = np.concatenate([piece.ravel() for piece in pieces]).astype(dtype).view(np.uint8)
    return np.concatenate([data, np.zeros(-data.size % WEIGHT_STREAM_BYTES, np.uint8)])


def _weight_blocks(shape, kernels_per_group, channel_block):
    """(slice of kernels, slice of channels) in stream order."""
    kernels, channels = shape[:2]
    for group in range(0, kernels, kernels_per_group):
        for block in range(0, channels, channel_block):
            yield (slice(group, min(group + kernels_per_group, kernels)),
                   slice(block, min(block + channel_block, channels)))


def pack_weights(kernels, kernels_per_group, channel_block):
    """Weights of a direct convolution, zero-filled to 128 bytes: channel in block, kernel in group,
    column, row, channel block, kernel group, fastest first."""
    array = _elements(kernels, ("kernels", "channels", "height", "width"), "weights")
    return _stream([array[k, c].transpose(2, 3, 0, 1)
                    for k, c in _weight_blocks(array.shape, kernels_per_group, channel_block)], array.dtype)


def unpack_weights(stream, shape, precision, kernels_per_group, channel_block):
    """The array (kernels, channels, height, width) of a stream made by pack_weights."""
    elements = _stream_elements(stream, precision, int(np.prod(shape)))
    array = np.empty(shape, elements.dtype)
    at = 0
    for k, c in _weight_blocks(shape, kernels_per_group, channel_block):
        view = array[k, c].transpose(2, 3, 0, 1)
        view[...] = elements[at:at + view.size].reshape(view.shape)
        at += view.size
    return array


def _stream_elements(stream, precision, count):
    dtype = dtype_of(precision)
    stream = np.ascontiguousarray(stream, np.uint8)
    if stream.size < count * dtype.itemsize:
        raise Error(f"the stream takes {count * dtype.itemsize} bytes, there are {stream.size}")
    return stream[:count * dtype.itemsize].view(dtype)


def pack_image_weights(kernels, kernels_per_group, channel_block, rows_per_block=1):
    """Weights for picture input: a kernel row is one pixel of width * channels channels. With
    channel post-extension rows_per_block is 2 or 4: that many rows lie side by side."""
    if rows_per_block not in (1, 2, 4):
        raise Error(f"rows_per_block {rows_per_block}; it is 1, 2 or 4")
    array = _elements(kernels, ("kernels", "channels", "height", "width"), "weights")
    count, channels, height, width = array.shape
    rows = array.transpose(0, 3, 1, 2).reshape(count, width * channels, height)
    if rows_per_block == 1:
        return pack_weights(rows[..., np.newaxis], kernels_per_group, channel_block)
    if width * channels > channel_block // rows_per_block:
        raise Error(f"width * channels is {width * channels}; with {rows_per_block} rows in a block it is at most "
                    f"{channel_block // rows_per_block}")
    return _stream([rows[group:group + kernels_per_group, :, row:row + rows_per_block].transpose(0, 2, 1)
                    for group in range(0, count, kernels_per_group)
                    for row in range(0, height, rows_per_block)], array.dtype)


WINOGRAD = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])


def winograd_kernels(kernels, stride=(1, 1), atom_channels=16, scale=1.0):
    """The 4 x 4 kernels of a Winograd convolution: (kernels, extended channels, 4, 4) of the same
    type, scaled and rounded. stride: (x, y) is folded into channels; the kernel's folded size must
    be 3 x 3. atom_channels: channels of a 32-byte atom."""
    array = _elements(kernels, ("kernels", "channels", "height", "width"), "weights")
    count, channels, height, width = array.shape
    stride_x, stride_y = stride
    if -(-width // stride_x) != 3 or -(-height // stride_y) != 3:
        raise Error(f"a {width} x {height} kernel at stride {stride_x} x {stride_y} folds to "
                    f"{-(-width // stride_x)} x {-(-height // stride_y)}; Winograd takes 3 x 3")
    per_phase = -(-channels // atom_channels) * atom_channels
    folded = np.zeros((count, stride_y, stride_x, per_phase, 3, 3), np.float64)
    for row in range(height):
        for column in range(width):
            folded[:, row % stride_y, column % stride_x, :channels, row // stride_y, column // stride_x] = (
                array[:, :, row, column])
    transformed = scale * (WINOGRAD @ folded.reshape(count, -1, 3, 3) @ WINOGRAD.T)
    if array.dtype.kind == "f":
        return transformed.astype(array.dtype)
    limits = np.iinfo(array.dtype)
    return np.clip(np.rint(transformed), limits.min, limits.max).astype(array.dtype)


def pack_winograd_weights(kernels, kernels_per_group):
    """A stream of winograd_kernels(): four channels, column, row, kernel in group, channels, group."""
    array = _elements(kernels, ("kernels", "channels", "4", "4"), "Winograd weights")
    count, channels = array.shape[:2]
    if array.shape[2:] != (4, 4) or channels % 4:
        raise Error(f"Winograd weights are kernels, a multiple of 4 channels, 4, 4; found {array.shape}")
    fours = array.reshape(count, channels // 4, 4, 4, 4).transpose(1, 0, 3, 4, 2)
    return _stream([fours[:, group:group + kernels_per_group] for group in range(0, count, kernels_per_group)],
                   array.dtype)


def compress_weights(stream, precision, elements_of_groups):
    """A weight stream without its zeros: (compressed stream, bit mask, group sizes), as bytes.
    elements_of_groups: elements of each kernel group in order, without the zero fill."""
    total = sum(elements_of_groups)
    elements = _stream_elements(stream, precision, total)
    kept = elements.view(np.uint8 if elements.itemsize == 1 else "<u2") != 0
    mask = np.packbits(kept, bitorder="little")
    mask = np.concatenate([mask, np.zeros(-mask.size % WEIGHT_STREAM_BYTES, np.uint8)])
    ends = np.cumsum(elements_of_groups)
    sizes = np.array([np.count_nonzero(kept[end - count:end]) * elements.itemsize
                      for end, count in zip(ends, elements_of_groups)], "<u4")
    return _stream([elements[kept]], elements.dtype), mask, sizes.view(np.uint8)


def decompress_weights(compressed, mask, precision, elements):
    """The first so many elements of the stream that compress_weights was given."""
    kept = np.unpackbits(np.asarray(mask, np.uint8), bitorder="little")[:elements].astype(bool)
    stored = _stream_elements(compressed, precision, int(np.count_nonzero(kept)))
    stream = np.zeros(elements, stored.dtype)
    stream[kept] = stored
    return stream


PIXEL_FORMATS = {entry["name"]: entry for entry in _pixel_formats()}


def _format(name):
    if name not in PIXEL_FORMATS:
        raise Error(f"'{name}' is no pixel format; there are {', '.join(PIXEL_FORMATS)}")
    return PIXEL_FORMATS[name]


def _picture_elements(picture, entry):
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[2] != entry["channels"]:
        raise Error(f"a picture in {entry['name']} is height, width, {entry['channels']}; found {picture.shape}")
    dtype = np.dtype("<f2") if entry["floating"] else np.dtype(f"<u{entry['element_bytes']}")
    return np.ascontiguousarray(picture).astype(dtype, casting="unsafe")


def _components(pixels, entry):
    """Channels R, G, B, A (Y, U, V, A) to memory components, lowest address first."""
    if entry["ten_bit"]:
        words = np.zeros(pixels.shape[:2], "<u4")
        for channel, shift in enumerate(entry["shift"]):
            top = 14 if channel == 3 else 6
            words |= (pixels[..., channel].astype("<u4") >> top) << np.uint32(shift)
        return words[..., np.newaxis]
    memory = np.empty_like(pixels)
    for channel in range(pixels.shape[2]):
        memory[..., entry["order"][channel]] = pixels[..., channel]
    return memory


def _rows(pixels, line_stride, pixel_bytes, x_offset):
    """The plane's bytes: rows of pixels, x_offset pixels in."""
    height, width = pixels.shape[:2]
    line = (x_offset + width) * pixel_bytes if line_stride is None else line_stride
    if line < (x_offset + width) * pixel_bytes:
        raise Error(f"line_stride {line} is below the line's {(x_offset + width) * pixel_bytes} bytes")
    plane = np.zeros((height, line), np.uint8)
    first = x_offset * pixel_bytes
    plane[:, first:first + width * pixel_bytes] = (
        np.ascontiguousarray(pixels).view(np.uint8).reshape(height, width * pixel_bytes))
    return plane.ravel()


def pack_image(picture, pixel_format, line_stride=None, line_stride_uv=None, x_offset=0):
    """The planes of a picture: one array of bytes, semi-planar formats two. picture: height, width,
    channels in the order R, G, B, A or Y, U, V, A; 10-bit formats hold values at the top of 16 bits."""
    entry = _format(pixel_format)
    pixels = _picture_elements(picture, entry)
    first, second = entry["plane_bytes"]
    if not entry["semi_planar"]:
        return (_rows(_components(pixels, entry), line_stride, first, x_offset),)
    chroma = np.empty(pixels.shape[:2] + (2,), pixels.dtype)
    for channel in (1, 2):
        chroma[..., entry["order"][channel]] = pixels[..., channel]
    return (_rows(pixels[..., :1], line_stride, first, x_offset),
            _rows(chroma, line_stride_uv, second, x_offset))


def _plane_pixels(plane, shape, line_stride, pixel_bytes, x_offset, dtype):
    height, width = shape
    line = (x_offset + width) * pixel_bytes if line_stride is None else line_stride
    needed = (height - 1) * line + (x_offset + width) * pixel_bytes
    plane = np.asarray(plane, np.uint8)
    if plane.size < needed:
        raise Error(f"the plane takes {needed} bytes, there are {plane.size}")
    rows = np.lib.stride_tricks.as_strided(plane[x_offset * pixel_bytes:], (height, width * pixel_bytes), (line, 1))
    return np.ascontiguousarray(rows).view(dtype).reshape(height, width, -1)


def unpack_image(planes, shape, pixel_format, line_stride=None, line_stride_uv=None, x_offset=0):
    """The picture (height, width, channels) of planes made by pack_image. shape: height, width."""
    entry = _format(pixel_format)
    dtype = np.dtype("<f2") if entry["floating"] else np.dtype(f"<u{entry['element_bytes']}")
    first, second = entry["plane_bytes"]
    if entry["ten_bit"]:
        words = _plane_pixels(planes[0], shape, line_stride, first, x_offset, np.dtype("<u4"))[..., 0]
        channels = [((words >> np.uint32(shift)) & np.uint32(3 if c == 3 else 0x3ff)) << np.uint32(14 if c == 3 else 6)
                    for c, shift in enumerate(entry["shift"])]
        return np.stack(channels, axis=-1).astype("<u2")
    luma = _plane_pixels(planes[0], shape, line_stride, first, x_offset, dtype)
    if not entry["semi_planar"]:
        return luma[..., list(entry["order"][:entry["channels"]])]
    chroma = _plane_pixels(planes[1], shape, line_stride_uv, second, x_offset, dtype)
    return np.concatenate([luma, chroma[..., [entry["order"][1], entry["order"][2]]]], axis=-1)


def pack_operand(alu=None, mul=None, elements_per_atom=8, line_stride=None, surface_stride=None):
    """An SDP operand: values per channel (channels) or per element (channels, height, width) for the
    ALU, the multiplier, or both, interleaved. Elements per atom are those of the data cube."""
    values = [np.asarray(part) for part in (alu, mul) if part is not None]
    if not values:
        raise Error("an operand has alu, mul or both")
    if any(part.shape != values[0].shape or part.dtype != values[0].dtype for part in values):
        raise Error("alu and mul have the same shape and element type")
    cubes = [_elements(part.reshape(-1, 1, 1) if part.ndim == 1 else part,
                       ("channels", "height", "width"), "an operand") for part in values]
    channels, height, width = cubes[0].shape
    # Values of one channel lie side by side: a cube of so many times more, narrower elements.
    together = np.stack(cubes, axis=1).reshape(channels * len(cubes), height, width)
    atom_bytes = elements_per_atom * len(cubes) * cubes[0].itemsize
    return pack_feature(together, atom_bytes, line_stride, surface_stride)


def unpack_operand(memory, shape, precision, components=1, elements_per_atom=8, line_stride=None, surface_stride=None):
    """The arrays (one, or ALU and multiplier) of an operand. shape: (channels,) or channels, height, width."""
    channels, height, width = tuple(shape) + (1, 1) if len(shape) == 1 else shape
    atom_bytes = elements_per_atom * components * dtype_of(precision).itemsize
    together = unpack_feature(memory, (channels * components, height, width), precision, atom_bytes, line_stride,
                              surface_stride)
    return tuple(together[part::components].reshape(shape) for part in range(components))
