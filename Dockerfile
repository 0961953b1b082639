# SPDX-License-Identifier: Apache-2.0
# docker build -t dla-vp .            or, for Debian 13: --build-arg DEBIAN=13
# docker run --rm -it -v "$PWD:/data" -v dla-vp-cache:/root/.cache/dla-vp dla-vp boot
# The cache keeps the guest and the QEMU device that the first boot makes.
ARG DEBIAN=12
FROM debian:${DEBIAN} AS build
COPY . /home/dla-vp
RUN apt-get update -qq && /home/dla-vp/scripts/package /packages

FROM debian:${DEBIAN}
COPY --from=build /packages /packages
RUN apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq /packages/dla-vp_*.deb && rm -rf /packages
WORKDIR /data
ENTRYPOINT ["dla-vp"]
