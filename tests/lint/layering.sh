#!/usr/bin/env bash
# A room includes only the rooms below it, and a third-party header is seen by one .c of a room.
. "$(dirname "$0")/lint.bash"

# shellcheck disable=SC2016 # awk's own $
lint_files '^(src|include/llc|tests)/.*\.[ch]$' | xargs -r awk '
BEGIN {
        # What each room may include; a room may always include itself. "api/meta.h" is one header.
        part = "api/meta.h api/resource.h api/desc.h"
        may["base"] = ""
        may["api"] = "base"
        may["canary"] = "base api"
        may["sys"] = "base"
        may["kube"] = "base sys " part
        may["runtime"] = "base sys kube " part
        may["controller"] = "base api canary sys kube runtime"
        may["plugin"] = "base api canary sys kube"
        may["sim"] = "base api sys"
        may["api/crdgen"] = "base api sys"

        # Where a library may be used at all.
        home["json-c"] = "src/base/json.c"
        home["yaml.h"] = "src/sys/yaml.c"
        home["event2"] = "src/sys/loop.c"
        home["curl"] = "src/kube/transport_curl.c"
        home["microhttpd.h"] = "src/runtime/httpd.c src/sim/http.c"
        home["cyaml"] = "src/controller/config_file.c"

        n = split("alloca arpa assert bits byteswap complex ctype dirent dlfcn elf endian err errno " \
                  "error execinfo fcntl features fenv float fnmatch ftw getopt glob grp ifaddrs " \
                  "inttypes langinfo libgen limits link linux locale malloc math mntent net netdb " \
                  "netinet paths poll pthread pwd regex sched search semaphore setjmp signal spawn " \
                  "stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string " \
                  "strings sys sysexits syslog termios tgmath threads time uchar unistd utime wchar " \
                  "wctype", names, " ")
        for (i = 1; i <= n; i++)
                libc[names[i]] = 1
}
function finding(rule, what) {
        print FILENAME ":" FNR ": " rule ": " what
}
function has(list, word) {
        return index(" " list " ", " " word " ") > 0
}
function exists(file,    line, found) {
        found = (getline line < file) >= 0
        close(file)
        return found
}
FNR == 1 {
        n = split(FILENAME, dir, "/")
        room = dir[1] == "src" ? dir[2] : dir[1] == "include" ? dir[3] : ""
        if (room == "api" && dir[3] == "crdgen")
                room = "api/crdgen"
        if (room != "" && !(room in may))
                finding("layering", "no such room: " room)
        folder = FILENAME
        sub(/[^\/]*$/, "", folder)
}
!/^[ \t]*#[ \t]*include[ \t]*[<"]/ { next }
{
        quoted = $0 ~ /^[^<"]*"/
        header = $0
        sub(/^[^<"]*[<"]/, "", header)
        sub(/[>"].*$/, "", header)
        n = split(header, path, "/")
}
path[1] == "llc" {
        if (!quoted)
                finding("layering", "ours is included with quotes: " header)
        if (room != "" && path[2] != room && !has(may[room], path[2]) &&
            !has(may[room], path[2] "/" path[3]))
                finding("layering", room " may not include " header)
        next
}
quoted {
        own = "src/" (room == "api/crdgen" ? "api" : room) "/"
        if (header ~ /\.\.\//) {
                # A unit test may look into the room it tests.
                if (!(FILENAME ~ /^tests\/unit\// && index(header, "/src/" dir[3] "/") > 0))
                        finding("layering", "private to another folder: " header)
        } else if (dir[1] == "include") {
                finding("layering", "a public header includes public headers only: " header)
        } else if (room != "" && !exists(folder header) && !exists(own header) &&
                   !exists(own header ".in"))
                finding("layering", "not of this room: " header)
        next
}
{
        library = path[1]
        base = library
        sub(/\.h$/, "", base)
        if (base in libc || room == "")
                next
        if (FILENAME ~ /\.h$/)
                finding("third-party", "a header includes " header)
        if (library in home && !has(home[library], FILENAME))
                finding("third-party", header " is for " home[library])
        seen = room SUBSEP library
        if (seen in user && user[seen] != FILENAME)
                finding("third-party", header " is seen by " user[seen] " already")
        user[seen] = FILENAME
}' | lint_verdict
