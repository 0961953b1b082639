/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dla-bridge-link.h"

#include "qemu/atomic.h"
#include "qemu/cutils.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <termios.h>

#define SLEEP_MS 50
#define HANDSHAKE_MS 30000

/*
 * While QEMU starts it looks at no socket, for a second of processor time or as long as a file of its command line lets it
 * wait. Until the guest runs the kernel tells us of the platform's end, with a signal QEMU has no other use for.
 */
#define PLATFORM_DIED SIGUSR2

static struct termios terminal;
static bool has_terminal;

static void platform_died(int number)
{
    static const char words[] = "qemu-system-aarch64: dla-bridge: the virtual platform is gone; QEMU ends\n";

    if (has_terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
    }
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    _exit(EXIT_FAILURE);
}

static void __attribute__((constructor)) watch_platform(void)
{
    const char *platform = getenv(DLA_BRIDGE_PLATFORM);
    struct sigaction action = { .sa_handler = platform_died };
    pid_t pid = platform ? atoi(platform) : 0;

    if (pid <= 0) {
        return;
    }
    has_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
    sigaction(PLATFORM_DIED, &action, NULL);
    prctl(PR_SET_PDEATHSIG, PLATFORM_DIED);
    if (getppid() == pid) {
        return;
    }
    if (kill(pid, 0) < 0) { /* before we looked */
        platform_died(0);
    }
    prctl(PR_SET_PDEATHSIG, 0); /* started by another program in between */
}

void dla_bridge_guest_runs(void)
{
    prctl(PR_SET_PDEATHSIG, 0);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static bool make_ring(DlaBridgeLink *link, char **error)
{
    link->ring_fd = memfd_create("dla-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (link->ring_fd < 0 || ftruncate(link->ring_fd, sizeof(struct dla_bridge_ring)) < 0 ||
        fcntl(link->ring_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        *error = g_strdup_printf("cannot create the shared ring: %s", g_strerror(errno));
        return false;
    }
    link->ring = mmap(NULL, sizeof(struct dla_bridge_ring), PROT_READ | PROT_WRITE, MAP_SHARED,
                      link->ring_fd, 0);
    if (link->ring == MAP_FAILED) {
        *error = g_strdup_printf("cannot map the shared ring: %s", g_strerror(errno));
        return false;
    }
    link->doorbell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->irq_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (link->doorbell < 0 || link->irq_event < 0) {
        *error = g_strdup_printf("cannot create an eventfd: %s", g_strerror(errno));
        return false;
    }
    return true;
}

static bool open_socket(DlaBridgeLink *link, const char *path, char **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (strlen(path) >= sizeof(address.sun_path)) {
        *error = g_strdup_printf("socket path '%s' is longer than %zu bytes", path,
                                 sizeof(address.sun_path) - 1);
        return false;
    }
    pstrcpy(address.sun_path, sizeof(address.sun_path), path);
    link->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (link->sock < 0 || connect(link->sock, (struct sockaddr *)&address, sizeof(address)) < 0) {
        *error = g_strdup_printf("cannot connect to the platform at %s: %s", path, g_strerror(errno));
        return false;
    }
    return true;
}

static bool send_hello(DlaBridgeLink *link, const DlaBridgeSetup *setup, char **error)
{
    struct dla_bridge_hello hello = {
        .magic = DLA_BRIDGE_MAGIC,
        .version = DLA_BRIDGE_VERSION,
        .ring_bytes = sizeof(struct dla_bridge_ring),
        .index = setup->index,
        .synchronised = setup->synchronised,
        .ram_count = setup->ram_count,
    };
    int fds[3 + DLA_BRIDGE_MAX_RAM] = { link->ring_fd, link->doorbell, link->irq_event };
    size_t fd_bytes = (3 + setup->ram_count) * sizeof(int);
    char control[CMSG_SPACE(sizeof(fds))] = {};
    struct iovec data = { &hello, sizeof(hello) };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                              .msg_controllen = CMSG_SPACE(fd_bytes) };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

    memcpy(hello.ram, setup->ram, sizeof(hello.ram));
    memcpy(fds + 3, setup->ram_fd, setup->ram_count * sizeof(int));
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fd_bytes);
    memcpy(CMSG_DATA(rights), fds, fd_bytes);
    if (TEMP_FAILURE_RETRY(sendmsg(link->sock, &message, MSG_NOSIGNAL)) != sizeof(hello)) {
        *error = g_strdup_printf("cannot send the hello: %s", g_strerror(errno));
        return false;
    }
    return true;
}

/*
 * Waits until the socket has something to read. A wait may end early without a reason of ours: QEMU has just
 * closed its io_urings, and the kernel interrupts the thread that made them when it has taken them down.
 */
static bool wait_readable(int sock, char **error)
{
    struct pollfd fd = { .fd = sock, .events = POLLIN };
    int64_t end = g_get_monotonic_time() / 1000 + HANDSHAKE_MS;
    int ready;

    do {
        ready = poll(&fd, 1, MAX(0, end - g_get_monotonic_time() / 1000));
    } while (ready < 0 && errno == EINTR);
    if (ready > 0) {
        return true;
    }
    *error = ready == 0 ? g_strdup_printf("the platform has not answered the hello within %d s",
                                          HANDSHAKE_MS / 1000)
                        : g_strdup_printf("cannot wait for the platform: %s", g_strerror(errno));
    return false;
}

static bool take_welcome(DlaBridgeLink *link, char **error)
{
    struct dla_bridge_welcome welcome;
    ssize_t got;

    if (!wait_readable(link->sock, error)) {
        return false;
    }
    got = recv(link->sock, &welcome, sizeof(welcome), MSG_DONTWAIT);
    if (got <= 0) {
        *error = g_strdup_printf("the platform closed the connection before its welcome (%s)",
                                 got == 0 ? "end of file" : g_strerror(errno));
        return false;
    }
    if (got != sizeof(welcome) || welcome.magic != DLA_BRIDGE_MAGIC) {
        *error = g_strdup("the peer at the socket is not the virtual platform");
        return false;
    }
    if (welcome.version != DLA_BRIDGE_VERSION) {
        *error = g_strdup_printf("the platform speaks version %u of the bridge, this device version %u",
                                 welcome.version, DLA_BRIDGE_VERSION);
        return false;
    }
    if (welcome.status != DLA_BRIDGE_ACCEPTED) {
        welcome.reason[sizeof(welcome.reason) - 1] = 0;
        *error = g_strdup_printf("the platform refuses: %s", welcome.reason);
        return false;
    }
    return true;
}

bool dla_bridge_connect(DlaBridgeLink *link, const DlaBridgeSetup *setup, char **error)
{
    qemu_mutex_init(&link->lock);
    link->spin = setup->spin;
    return make_ring(link, error) && open_socket(link, setup->socket, error) &&
           send_hello(link, setup, error) && take_welcome(link, error);
}

bool dla_bridge_gone(const DlaBridgeLink *link)
{
    struct pollfd fd = { .fd = link->sock, .events = POLLRDHUP };

    return link->lost || (poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLRDHUP)));
}

bool dla_bridge_irq(const DlaBridgeLink *link)
{
    return qatomic_load_acquire(&link->ring->irq_level) != 0;
}

bool dla_bridge_moving(const DlaBridgeLink *link)
{
    return qatomic_read(&link->ring->moving) != 0;
}

bool dla_bridge_take_stop(DlaBridgeLink *link)
{
    return qatomic_read(&link->ring->guest_stop) && qatomic_xchg(&link->ring->guest_stop, 0);
}

/* false: the platform is gone while the ring was full. */
static bool push(DlaBridgeLink *link, const struct dla_bridge_request *request)
{
    struct dla_bridge_ring *ring = link->ring;
    uint32_t head = ring->head;
    uint32_t tries = 0;

    while (head - qatomic_load_acquire(&ring->tail) >= DLA_BRIDGE_SLOTS) {
        if (++tries % 1024 == 0 && dla_bridge_gone(link)) {
            return false;
        }
        relax();
    }
    ring->slots[head % DLA_BRIDGE_SLOTS] = *request;
    qatomic_store_release(&ring->head, head + 1);
    smp_mb();
    if (qatomic_read(&ring->model_sleeps)) {
        uint64_t one = 1;
        (void)!write(link->doorbell, &one, sizeof(one));
    }
    return true;
}

static bool sleep_for_answer(DlaBridgeLink *link, uint32_t seen)
{
    struct dla_bridge_ring *ring = link->ring;
    struct timespec patience = { 0, SLEEP_MS * 1000000L };
    bool timed_out = false;

    qatomic_set(&ring->qemu_sleeps, 1);
    smp_mb();
    if (qatomic_read(&ring->answered) == seen) {
        timed_out = syscall(SYS_futex, &ring->answered, FUTEX_WAIT, seen, &patience, NULL, 0) < 0 &&
                    errno == ETIMEDOUT;
    }
    qatomic_set(&ring->qemu_sleeps, 0);
    return !timed_out || !dla_bridge_gone(link);
}

static bool wait_for_answer(DlaBridgeLink *link, uint32_t *answer)
{
    uint32_t tries = 0;

    for (;;) {
        uint32_t seen = qatomic_load_acquire(&link->ring->answered);
        if (seen == link->sequence) {
            *answer = link->ring->answer;
            return true;
        }
        if (++tries < link->spin) {
            relax();
        } else if (!sleep_for_answer(link, seen)) {
            return false;
        }
    }
}

bool dla_bridge_transact(DlaBridgeLink *link, uint32_t op, uint32_t address, uint32_t value,
                         uint64_t time_ns, uint32_t *answer)
{
    struct dla_bridge_request request = { .op = op, .address = address, .value = value,
                                          .time_ns = time_ns };
    bool done;

    qemu_mutex_lock(&link->lock);
    request.sequence = ++link->sequence;
    done = !link->lost && push(link, &request) &&
           (op == DLA_BRIDGE_POSTED_WRITE || wait_for_answer(link, answer));
    link->lost = !done;
    qemu_mutex_unlock(&link->lock);
    return done;
}
