/* LD_PRELOAD shim: lets one daemon process play a host of its own on one machine, inside 127.0.0.0/8.
 *   VHOST_NAME  what gethostname() and uname() answer
 *   VHOST_ADDR  the 127.x.y.z that stands in for INADDR_ANY in bind(), and that connect() leaves from
 * Used by ge.sh, so that several sge_execd run side by side, each with a name and an address of its own.
 * Build: gcc -O2 -shared -fPIC -o vhost.so vhost.c -ldl
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

static int own_addr(struct in_addr *a) {
  const char *s = getenv("VHOST_ADDR");
  return s && inet_aton(s, a);
}

int gethostname(char *name, size_t len) {
  const char *s = getenv("VHOST_NAME");
  if (s) {
    if (strlen(s) >= len) { errno = ENAMETOOLONG; return -1; }
    strcpy(name, s);
    return 0;
  }
  int (*real)(char *, size_t) = dlsym(RTLD_NEXT, "gethostname");
  return real(name, len);
}

int uname(struct utsname *u) {
  int (*real)(struct utsname *) = dlsym(RTLD_NEXT, "uname");
  int rc = real(u);
  const char *s = getenv("VHOST_NAME");
  if (rc == 0 && s) { strncpy(u->nodename, s, sizeof u->nodename - 1); u->nodename[sizeof u->nodename - 1] = 0; }
  return rc;
}

int bind(int fd, const struct sockaddr *sa, socklen_t len) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  struct in_addr mine;
  if (sa && sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in) && own_addr(&mine)) {
    struct sockaddr_in in;
    memcpy(&in, sa, sizeof in);
    if (in.sin_addr.s_addr == htonl(INADDR_ANY)) { in.sin_addr = mine; return real(fd, (struct sockaddr *)&in, sizeof in); }
  }
  return real(fd, sa, len);
}

int connect(int fd, const struct sockaddr *sa, socklen_t len) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
  struct in_addr mine;
  if (sa && sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in) && own_addr(&mine)) {
    const struct sockaddr_in *to = (const struct sockaddr_in *)sa;
    struct sockaddr_in from;
    socklen_t fl = sizeof from;
    memset(&from, 0, sizeof from);
    if ((ntohl(to->sin_addr.s_addr) >> 24) == 127 && getsockname(fd, (struct sockaddr *)&from, &fl) == 0 &&
        from.sin_family == AF_INET && from.sin_addr.s_addr == htonl(INADDR_ANY)) {
      int (*realbind)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
      from.sin_addr = mine;
      realbind(fd, (struct sockaddr *)&from, sizeof from);
    }
  }
  return real(fd, sa, len);
}
