#include "symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The linker's: where the program begins in memory. */
extern const char __ehdr_start[] /* NOLINT(bugprone-reserved-identifier) */
        __attribute__((visibility("hidden")));

/* The program's own file, mapped; NULL when it can't be. */
static void *map_program(size_t *ret_size) {
        int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        void *file = MAP_FAILED;
        struct stat st;

        if (fd < 0)
                return NULL;
        if (fstat(fd, &st) == 0) {
                *ret_size = (size_t)st.st_size;
                file = mmap(NULL, *ret_size, PROT_READ, MAP_PRIVATE, fd, 0);
        }
        close(fd);
        return file == MAP_FAILED ? NULL : file;
}

/* What the kernel has loaded is a sound file. address counts from the program's start. */
static const char *find_symbol(const char *file, uintptr_t address) {
        const Elf64_Ehdr *header = (const void *)file;
        const Elf64_Shdr *sections = (const void *)(file + header->e_shoff);

        for (unsigned i = 0; i < header->e_shnum; i++) {
                const Elf64_Sym *symbols = (const void *)(file + sections[i].sh_offset);
                size_t n = sections[i].sh_size / sizeof(*symbols);

                if (sections[i].sh_type != SHT_SYMTAB)
                        continue;
                for (size_t j = 0; j < n; j++)
                        if (ELF64_ST_TYPE(symbols[j].st_info) == STT_FUNC &&
                            symbols[j].st_value == address)
                                return file + sections[sections[i].sh_link].sh_offset +
                                       symbols[j].st_name;
        }
        return NULL;
}

void symbol_name(void (*fn)(void), char *ret_name, size_t size) {
        size_t file_size;
        void *file = map_program(&file_size);
        const char *name = file ? find_symbol(file, (uintptr_t)fn - (uintptr_t)__ehdr_start) : NULL;

        snprintf(ret_name, size, "%s", name ? name : "?");
        if (file)
                munmap(file, file_size);
}
