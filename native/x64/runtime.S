# SPDX-License-Identifier: Apache-2.0
# What compiled C# calls and C# cannot express: moving memory, finding its own frame.

        .text

# void *memmove(rdi destination, rsi source, rdx length); memcpy is the same. Blocks that overlap are moved right.
        .globl memmove, memcpy
memmove:
memcpy:
        mov     %rdi, %rax
        cmp     $16, %rdx
        jb      .Lsmall
        cmp     $32, %rdx
        ja      .Llarge
        movups  (%rsi), %xmm0                   # 16 to 32: the first and the last 16, read before either is written
        movups  -16(%rsi,%rdx), %xmm1
        movups  %xmm0, (%rdi)
        movups  %xmm1, -16(%rdi,%rdx)
        ret
.Lsmall:
        cmp     $8, %edx
        jae     .Leight
        cmp     $4, %edx
        jae     .Lfour
        test    %edx, %edx
        je      .Ldone
        movzbl  (%rsi), %ecx
        movzbl  -1(%rsi,%rdx), %r8d
        cmp     $2, %edx
        jbe     .Lends
        movzbl  1(%rsi), %r9d
        mov     %r9b, 1(%rdi)
.Lends: mov     %cl, (%rdi)
        mov     %r8b, -1(%rdi,%rdx)
.Ldone: ret
.Lfour: mov     (%rsi), %ecx
        mov     -4(%rsi,%rdx), %r8d
        mov     %ecx, (%rdi)
        mov     %r8d, -4(%rdi,%rdx)
        ret
.Leight:
        mov     (%rsi), %rcx
        mov     -8(%rsi,%rdx), %r8
        mov     %rcx, (%rdi)
        mov     %r8, -8(%rdi,%rdx)
        ret
.Llarge:
        mov     %rdi, %rcx
        sub     %rsi, %rcx
        cmp     %rdx, %rcx                      # destination within the source: from the end
        jb      .Lbackward
        movups  -16(%rsi,%rdx), %xmm4           # the tail, saved before it may be overwritten
        lea     -16(%rdi,%rdx), %r8
        sub     $64, %rdx
        jb      .Lforward16
        .balign 16
.Lforward64:
        movups  (%rsi), %xmm0
        movups  16(%rsi), %xmm1
        movups  32(%rsi), %xmm2
        movups  48(%rsi), %xmm3
        movups  %xmm0, (%rdi)
        movups  %xmm1, 16(%rdi)
        movups  %xmm2, 32(%rdi)
        movups  %xmm3, 48(%rdi)
        add     $64, %rsi
        add     $64, %rdi
        sub     $64, %rdx
        jae     .Lforward64
.Lforward16:
        add     $48, %rdx                       # rdx = bytes left - 16
        js      .Ltail
.Lforward16loop:
        movups  (%rsi), %xmm0
        movups  %xmm0, (%rdi)
        add     $16, %rsi
        add     $16, %rdi
        sub     $16, %rdx
        jns     .Lforward16loop
.Ltail: movups  %xmm4, (%r8)
        ret
.Lbackward:
        movups  (%rsi), %xmm4                   # the head, saved before it may be overwritten
.Lbackward16:
        movups  -16(%rsi,%rdx), %xmm0
        movups  %xmm0, -16(%rdi,%rdx)
        sub     $16, %rdx
        cmp     $16, %rdx
        ja      .Lbackward16
        movups  %xmm4, (%rdi)
        ret

# void *memset(rdi destination, esi value, rdx length)
        .globl memset
memset:
        mov     %rdi, %rax
        movzbl  %sil, %ecx
        mov     $0x0101010101010101, %r8
        imul    %r8, %rcx
        cmp     $16, %rdx
        jb      .Lset_small
        movq    %rcx, %xmm0
        punpcklqdq %xmm0, %xmm0
        lea     -16(%rdi,%rdx), %r8
.Lset16:
        movups  %xmm0, (%rdi)
        add     $16, %rdi
        cmp     %r8, %rdi
        jb      .Lset16
        movups  %xmm0, (%r8)
        ret
.Lset_small:
        cmp     $8, %edx
        jb      .Lset_bytes
        mov     %rcx, (%rdi)
        mov     %rcx, -8(%rdi,%rdx)
        ret
.Lset_bytes:
        test    %edx, %edx
        je      .Lset_done
        mov     %cl, (%rdi)
        inc     %rdi
        dec     %edx
        jmp     .Lset_bytes
.Lset_done:
        ret

# void uaas_panic_here(rdi message, rsi length): adds the caller's frame, from which the platform prints where.
        .globl uaas_panic_here
uaas_panic_here:
        mov     %rbp, %rdx
        jmp     uaas_panic

# The canary that compiled code checks around buffers on the stack; the platform makes it random at boot.
        .data
        .balign 8
        .globl __security_cookie
__security_cookie:
        .quad   0x2b992ddfa232

        .section .note.GNU-stack, "", @progbits
