# SPDX-License-Identifier: Apache-2.0
# The way out of libjpeg and libpng, which report an error by a call that must not return: their functions are called through here, and an error ends that
# call. Plain System V code: the tests link it into Linux too.

        .text

# guarded_NAME: NAME with the same arguments, of which up to three beyond the six in registers. uaas_gave_up tells whether it ended by an error.
        .macro  guarded name
        .globl  guarded_\name
guarded_\name:
        mov     \name@GOTPCREL(%rip), %r11
        jmp     guarded_call
        .endm

        .irp    name, jpeg_CreateDecompress, jpeg_mem_src, jpeg_read_header, jpeg_calc_output_dimensions, jpeg_start_decompress, jpeg_read_scanlines
        guarded \name
        .endr
        .irp    name, jpeg_CreateCompress, jpeg_set_defaults, jpeg_set_quality, jpeg_set_colorspace, jpeg_simple_progression, jpeg_start_compress
        guarded \name
        .endr
        .irp    name, jpeg_write_scanlines, jpeg_finish_compress, jpeg_save_markers, jpeg_write_marker
        guarded \name
        .endr

        .irp    name, png_create_read_struct, png_create_write_struct, png_create_info_struct, png_set_keep_unknown_chunks, png_read_info, png_set_expand
        guarded \name
        .endr
        .irp    name, png_set_scale_16, png_set_gray_to_rgb, png_set_add_alpha, png_set_filler, png_set_interlace_handling, png_read_update_info, png_read_row
        guarded \name
        .endr
        .irp    name, png_set_IHDR, png_set_compression_level, png_write_info, png_write_row, png_write_end
        guarded \name
        .endr

guarded_call:
        push    %rbp
        mov     %rsp, %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        sub     $8, %rsp
        mov     %rsp, guarded_stack(%rip)
        movl    $0, gave_up(%rip)
        sub     $8, %rsp
        push    32(%rbp)                        # arguments on the stack, if there are any
        push    24(%rbp)
        push    16(%rbp)
        xor     %eax, %eax
        call    *%r11
        mov     guarded_stack(%rip), %rsp
.Lleave:
        add     $8, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

# What the library calls on an error.
give_up:
        mov     guarded_stack(%rip), %rsp
        movl    $1, gave_up(%rip)
        xor     %eax, %eax
        cld
        jmp     .Lleave

        .globl  uaas_address_of_give_up
uaas_address_of_give_up:
        lea     give_up(%rip), %rax
        ret

# What libpng calls to read. The state is the function that does: where that has not got all that was asked for, the call for which libpng reads ends as by
# an error. Zeros instead would have it read as many as a chunk says that it is long.
png_read:
        push    %rdi
        push    %rsi
        push    %rdx
        mov     png_get_io_ptr@GOTPCREL(%rip), %r11
        call    *%r11
        pop     %rdx
        pop     %rsi
        pop     %rdi
        sub     $8, %rsp
        call    *%rax
        add     $8, %rsp
        test    %eax, %eax
        jz      give_up
        ret

        .globl  uaas_address_of_png_read
uaas_address_of_png_read:
        lea     png_read(%rip), %rax
        ret

# For callbacks that have nothing to do.
ignore: ret

        .globl  uaas_address_of_ignore
uaas_address_of_ignore:
        lea     ignore(%rip), %rax
        ret

        .globl  uaas_gave_up
uaas_gave_up:
        mov     gave_up(%rip), %eax
        ret

        .bss
        .balign 8
guarded_stack:
        .skip   8
gave_up:
        .skip   8

        .section .note.GNU-stack, "", @progbits
