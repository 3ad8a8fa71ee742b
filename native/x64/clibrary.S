# SPDX-License-Identifier: Apache-2.0
# What C libraries take for granted: a thread, a heap, a way out of the depth of a call, and a few functions that must be there and are never called.
# All that is pure comes from musl's libc.a, linked behind this.

        .text

# void uaas_c_start(rdi canary): gives fs the thread's own memory, which the linker script sets aside. A process asks Linux, the system itself its register.
        .globl  uaas_c_start
uaas_c_start:
        lea     uaas_thread_pointer(%rip), %rsi
        mov     %rdi, 0x28(%rsi)                # where gcc's stack protector looks
        mov     %cs, %eax
        test    $3, %al
        jz      .Lkernel
        mov     $158, %eax                      # arch_prctl
        mov     $0x1002, %edi                   # ARCH_SET_FS
        syscall
        ret
.Lkernel:
        mov     %rsi, %rax
        mov     %rsi, %rdx
        shr     $32, %rdx
        mov     $0xc0000100, %ecx               # FS.base
        wrmsr
        ret

# ---- The heap: whatever C# has put into the table ----

        .globl  malloc, free, calloc, realloc
malloc: jmp     *uaas_c_heap(%rip)
free:   jmp     *8+uaas_c_heap(%rip)
realloc:
        jmp     *16+uaas_c_heap(%rip)
calloc: mov     %rdi, %rax
        mul     %rsi
        jo      .Ltoo_much
        push    %rbx
        mov     %rax, %rbx
        mov     %rax, %rdi
        call    malloc
        test    %rax, %rax
        je      .Lnone
        mov     %rax, %rdi
        xor     %esi, %esi
        mov     %rbx, %rdx
        call    memset
.Lnone: pop     %rbx
        ret
.Ltoo_much:
        xor     %eax, %eax
        ret

        .globl  uaas_address_of_c_heap
uaas_address_of_c_heap:
        lea     uaas_c_heap(%rip), %rax
        ret

# ---- glibc's checked variants: the size of the destination comes after the arguments of the plain one ----

        .globl  __memcpy_chk
__memcpy_chk:
        cmp     %rdx, %rcx
        jae     memcpy
        .globl  __stack_chk_fail
__stack_chk_fail:
        lea     corrupted(%rip), %rdi
        mov     $(corrupted_end - corrupted) / 2, %esi
        jmp     .Lpanic

# ---- Threads: there is one. Locks are free, and no second one can be made ----

        .globl  pthread_mutex_lock, pthread_mutex_unlock, pthread_mutex_init, pthread_mutex_destroy
        .globl  pthread_cond_init, pthread_cond_destroy, pthread_cond_signal
pthread_mutex_lock:
pthread_mutex_unlock:
pthread_mutex_init:
pthread_mutex_destroy:
pthread_cond_init:
pthread_cond_destroy:
pthread_cond_signal:
        xor     %eax, %eax
        ret
        .globl  pthread_create
pthread_create:
        mov     $11, %eax                       # EAGAIN
        ret

# ---- Files and the environment: there are none ----

        .globl  getenv, __fprintf_chk, __snprintf_chk, __isoc99_sscanf, fflush
getenv:
__isoc99_sscanf:
__fprintf_chk:
fflush:
        xor     %eax, %eax
        ret
__snprintf_chk:                                 # an empty text
        xor     %eax, %eax
        test    %rsi, %rsi
        je      1f
        movb    $0, (%rdi)
1:      ret

        .globl  __errno_location
__errno_location:
        lea     error_number(%rip), %rax
        ret

# Functions that libraries name beside those that are used: to call one is an error in our use of the library.
        .irp    name, abort, exit, pthread_cond_wait, pthread_join, fopen, fdopen, fclose, fread, fwrite, fputc, ferror, open, close, remove, strerror, gmtime, strtod, __longjmp_chk
        .globl  \name
\name:
        .endr
        lea     absent(%rip), %rdi
        mov     $(absent_end - absent) / 2, %esi
.Lpanic:
        push    %rbp
        mov     %rsp, %rbp
        call    uaas_panic_here

        .section .rodata, "a"
        .balign 2
corrupted:
        .string16 "the stack was corrupted in a C library"
corrupted_end:
absent: .string16 "a C library called a function that there is not"
absent_end:

        .bss
        .balign 8
uaas_c_heap:                                    # malloc, free, realloc
        .skip   24
error_number:
        .skip   8
        .globl  stderr
stderr: .skip   8

        .section .note.GNU-stack, "", @progbits
