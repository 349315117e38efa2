using OsDevHv.Machine.Engine;

namespace OsDevHv.Tests.Commands;

/// <summary><c>regs</c>, <c>msr</c>, <c>cpuid</c>.</summary>
public sealed class RegisterCommandTests
{
    private readonly PagedMachine _machine = PagedMachine.InLongMode();

    public RegisterCommandTests()
    {
        _machine.Msrs[0xc000_0082] = 0xffff_ffff_8000_1000;
        _machine.Leaves = [new CpuidLeaf(7, 0, 1, 2, 3, 4), new CpuidLeaf(0, null, 0xd, 0x756e_6547, 0x6c65_746e, 0x4965_6e69), new CpuidLeaf(7, 1, 5, 6, 7, 8)];
    }

    [Theory]
    [InlineData("msr LSTAR", "MSR 0xc0000082 = 0xffffffff80001000\n")]
    [InlineData("msr lstar", "MSR 0xc0000082 = 0xffffffff80001000\n")]
    [InlineData("msr MSR_LSTAR", "MSR 0xc0000082 = 0xffffffff80001000\n")]
    [InlineData("msr 0xc0000082", "MSR 0xc0000082 = 0xffffffff80001000\n")]
    [InlineData("msr 3221225602", "MSR 0xc0000082 = 0xffffffff80001000\n")]
    [InlineData("msr 0x1234", "there is no MSR 0x1234\n")]
    [InlineData("msr lstra", "there is no MSR of the name 'lstra'; did you mean LSTAR?\n")]
    [InlineData("msr 0x100000000", "the number of an MSR has 32 bits, 0x100000000 does not fit\n")]
    [InlineData("msr lstar 0xffffffff80002000", "MSR 0xc0000082 = 0xffffffff80002000\n")]
    [InlineData("msr efer 1", "MSR 0xc0000080 cannot be written with 1: it is not there, or the value is not one of its\n")]
    [InlineData("msr lstar one", "'one' is no number for the value; decimal, or hexadecimal with 0x\n")]
    public void Model_specific_registers_are_read_and_written_by_name_or_number(string command, string answer) =>
        Assert.Equal(answer, _machine.Run(command));

    [Fact]
    public void Without_a_name_the_known_registers_are_listed()
    {
        string answer = _machine.Run("msr");

        Assert.Contains("LSTAR              0xc0000082 = 0xffffffff80001000\n", answer, StringComparison.Ordinal);
        Assert.Contains("EFER               0xc0000080 = not there\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cpuid 0", "0x00000000    eax 0000000d ebx 756e6547 ecx 6c65746e edx 49656e69\n")]
    [InlineData("cpuid 7 1", "0x00000007.1  eax 00000005 ebx 00000006 ecx 00000007 edx 00000008\n")]
    [InlineData("cpuid 7", "0x00000007.0  eax 00000001 ebx 00000002 ecx 00000003 edx 00000004\n0x00000007.1  eax 00000005 ebx 00000006 ecx 00000007 edx 00000008\n")]
    [InlineData("cpuid 0x40000000", "there is no leaf 0x40000000\n")]
    [InlineData("cpuid 7 9", "there is no leaf 7, subleaf 9\n")]
    public void CPUID_is_shown_by_leaf(string command, string answer) => Assert.Equal(answer, _machine.Run(command));

    [Fact]
    public void All_registers_have_the_hidden_parts_of_segments()
    {
        string answer = _machine.Run("regs");

        Assert.StartsWith("CPU 0, stopped: 64-bit mode, CPL 0 (kernel), 4-level paging, interrupts off\n", answer, StringComparison.Ordinal);
        Assert.Contains("  cs 0008  base 0  limit ffffffff  type b  dpl 0  P S L G\n", answer, StringComparison.Ordinal);
        Assert.Contains("  ldt 0000  base 0  limit 0  type 0  dpl 0\n", answer, StringComparison.Ordinal);
        Assert.Contains("  dr0 0  dr1 0  dr2 0  dr3 0  dr6 ", answer, StringComparison.Ordinal);
    }
}
