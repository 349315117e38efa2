using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Commands;

/// <summary><c>walk</c> and <c>phys</c> against tables made by hand (Intel SDM vol. 3A, 4.3 to 4.7).</summary>
public sealed class WalkTests
{
    private const ulong P = PagedMachine.Present, W = PagedMachine.Writable, U = PagedMachine.User, Nx = PagedMachine.NoExecute;

    [Fact]
    public void A_kernel_page_shows_every_level_and_what_each_access_meets()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W | (1 << 5) | (1 << 6) | (1 << 8));

        Assert.Equal(
            """
            4-level paging, CR3 0x1000
            PML4E at 0x1000 = 0x2007: present, writable, user
            PDPTE at 0x2000 = 0x3007: present, writable, user
            PDE   at 0x3010 = 0x4007: present, writable, user
            PTE   at 0x4000 = 0x5163: present, writable, kernel, accessed, dirty, page of 4 KiB, global
            0x400123 is physical 0x5123
            CPL 0 read: allowed
            CPL 0 write: allowed
            CPL 0 execute: allowed

            """,
            machine.Run("walk 400123"));
    }

    [Fact]
    public void An_entry_that_is_not_present_ends_the_walk_with_the_error_code()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(0);

        Assert.Equal("CPL 3 write: #PF, error code 0x6 (not present, write, user): the PTE is not present\n", LastLine(machine, "walk 400123 cpl3 w"));
        Assert.Equal("0x400123 is not mapped: the PTE is not present\n", machine.Run("phys 400123"));
    }

    [Theory]
    [InlineData(P, "cpl0 w", "#PF, error code 0x3 (protection, write, kernel): read-only: the PTE has RW 0, and CR0.WP is 1")]
    [InlineData(P | U, "cpl3 w", "#PF, error code 0x7 (protection, write, user): read-only: the PTE has RW 0")]
    [InlineData(P | W, "cpl3 r", "#PF, error code 0x5 (protection, read, user): a kernel page: the PTE has US 0")]
    [InlineData(P | W | Nx, "cpl0 x", "#PF, error code 0x11 (protection, fetch, kernel): not executable: the PTE has NX 1")]
    public void A_denied_access_names_the_entry_that_denies_it(ulong entry, string access, string answer)
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(entry);

        Assert.EndsWith($": {answer}\n", machine.Run($"walk 400000 {access}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_entries_that_deny_are_all_named()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | U, tables: P | U);

        Assert.EndsWith("read-only: the PML4E and the PDPTE and the PDE and the PTE have RW 0\n", machine.Run("walk 400000 cpl3 w"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_write_protection_the_kernel_writes_read_only_pages()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P);
        machine.System.Cr0 &= ~PagedMachine.Cr0Wp;

        Assert.Equal("CPL 0 write: allowed\n", LastLine(machine, "walk 400000 cpl0 w"));
    }

    [Fact]
    public void SMEP_keeps_the_kernel_from_user_code()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W | U);
        machine.System.Cr4 |= PagedMachine.Cr4Smep;

        Assert.Equal(
            "CPL 0 execute: #PF, error code 0x11 (protection, fetch, kernel): a user page, and CR4.SMEP is 1\n",
            LastLine(machine, "walk 400000 x"));
    }

    [Theory]
    [InlineData(0ul, "CPL 0 read: #PF, error code 0x1 (protection, read, kernel): a user page, CR4.SMAP is 1 and RFLAGS.AC is 0\n")]
    [InlineData(1ul << 18, "CPL 0 read: allowed\n")]
    public void SMAP_keeps_the_kernel_from_user_data_unless_AC_is_set(ulong rflags, string answer)
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W | U);
        machine.System.Cr4 |= PagedMachine.Cr4Smap;
        machine.General.Rflags = rflags;

        Assert.Equal(answer, LastLine(machine, "walk 400000 r"));
    }

    [Fact]
    public void A_protection_key_that_cannot_be_read_is_said_to_be_unknown()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W | U | (3UL << 59));
        machine.System.Cr4 |= PagedMachine.Cr4Pke;

        Assert.Equal(
            "CPL 3 read: allowed, unless PKRU, which cannot be read here, denies protection key 3\n", LastLine(machine, "walk 400000 cpl3 r"));
    }

    [Fact]
    public void A_reserved_bit_is_named_with_its_error_code()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W).Set64(0x1000, 0x2000 | P | W | (1 << 7));

        Assert.Equal(
            "CPL 0 read: #PF, error code 0x9 (protection, read, kernel, reserved bit): the PML4E has a reserved bit set\n",
            LastLine(machine, "walk 400000 r"));
    }

    [Fact]
    public void A_large_page_ends_the_walk_early()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(0).Set64(0x3010, 0x20_0000 | P | W | PagedMachine.Large);

        Assert.Contains("PDE   at 0x3010 = 0x200083: present, writable, kernel, page of 2 MiB\n", machine.Run("walk 400123"), StringComparison.Ordinal);
        Assert.Equal("0x400123 is physical 0x200123, which is not RAM\n", machine.Run("phys 400123"));
    }

    [Fact]
    public void Thirty_two_bit_paging_has_two_levels()
    {
        var machine = new PagedMachine { System = new SystemRegisters { Cr0 = PagedMachine.Cr0Pg | 1, Cr3 = 0x1000, Cr4 = PagedMachine.Cr4Pse } };
        machine.Set32(0x1004, 0x2003).Set32(0x2000, 0x5003);

        Assert.Equal(
            """
            32-bit paging, CR3 0x1000
            PDE   at 0x1004 = 0x2003: present, writable, kernel
            PTE   at 0x2000 = 0x5003: present, writable, kernel, page of 4 KiB
            0x400010 is physical 0x5010
            CPL 0 read: allowed

            """,
            machine.Run("walk 400010 r"));
    }

    [Fact]
    public void PAE_paging_has_three_levels_and_its_pointers_no_permissions()
    {
        var machine = new PagedMachine { System = new SystemRegisters { Cr0 = PagedMachine.Cr0Pg | 1, Cr3 = 0x1000, Cr4 = PagedMachine.Cr4Pae } };
        machine.Set64(0x1008, 0x2001).Set64(0x2000, 0x3003).Set64(0x3000, 0x5003);

        Assert.Equal(
            """
            PAE paging, CR3 0x1000
            PDPTE at 0x1008 = 0x2001: present
            PDE   at 0x2000 = 0x3003: present, writable, kernel
            PTE   at 0x3000 = 0x5003: present, writable, kernel, page of 4 KiB
            0x40000000 is physical 0x5000
            CPL 0 write: allowed

            """,
            machine.Run("walk 40000000 w"));
    }

    [Fact]
    public void Five_level_paging_has_five_levels()
    {
        PagedMachine machine = PagedMachine.InLongMode().MapPage(P | W);
        machine.System.Cr4 |= PagedMachine.Cr4La57;
        machine.System.Cr3 = 0x6000;
        machine.Set64(0x6000, 0x1000 | P | W);

        Assert.StartsWith(
            "5-level paging, CR3 0x6000\nPML5E at 0x6000 = 0x1003: present, writable, kernel\nPML4E at 0x1000 = ",
            machine.Run("walk 400000"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_not_canonical_is_a_general_protection_fault()
    {
        Assert.Equal(
            """
            4-level paging, CR3 0x1000
            0x800000000000 is not canonical
            CPL 0 read: #GP (#SS by way of the stack segment): the address is not canonical

            """,
            PagedMachine.InLongMode().Run("walk 800000000000 r"));
    }

    [Fact]
    public void Without_paging_an_address_is_physical() => Assert.Equal(
        "paging is off: 0xb8000 is the physical address, which is not RAM\nCPL 0 read: allowed\n", new PagedMachine().Run("walk b800:0 r"));

    [Theory]
    [InlineData("walk", "which address? a hexadecimal number, SEG:OFF, $REGISTER or a symbol\n")]
    [InlineData("walk 400000 cpl4", "'cpl4' is neither cpl0 to cpl3 nor r, w or x\n")]
    [InlineData("walk kmain", "'kmain' is not a hexadecimal number, and there are no symbols\n")]
    public void What_cannot_be_walked_is_said_in_words(string command, string answer) =>
        Assert.Equal(answer, PagedMachine.InLongMode().Run(command));

    private static string LastLine(PagedMachine machine, string command) => machine.Run(command).TrimEnd('\n').Split('\n')[^1] + "\n";
}
