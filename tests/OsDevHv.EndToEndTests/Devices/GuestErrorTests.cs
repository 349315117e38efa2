using System.Globalization;
using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary><c>--trace guest-errors</c>: what a guest does that devices do not allow.</summary>
public sealed class GuestErrorTests(GuestErrorRun errors) : IClassFixture<GuestErrorRun>
{
    [Fact]
    [Trait("Suite", "devices")]
    public void Reserved_bits_of_a_local_APIC_register() => errors.Names("SVR", "guest error: local APIC: reserved bits of SVR (1001ffh)");

    [Fact]
    public void A_read_only_register_of_the_IO_APIC() =>
        errors.Names("I/O APIC", "guest error: I/O APIC: write to a register that is read-only or not there (1h)");

    [Fact]
    public void An_interrupt_that_cannot_be_level_triggered() =>
        errors.Names("ELCR", "guest error: 8259A: ELCR bits of interrupts that are always edge-triggered (1h)");

    [Fact]
    public void Reserved_bits_of_the_HPET() => errors.Names("HPET", "guest error: HPET: reserved bits of the general configuration (80h)");

    [Fact]
    public void An_IPI_with_an_illegal_vector() => errors.Names("ICR", "guest error: local APIC: IPI with a vector below 16 (5h)");

    [Fact]
    public async Task Nothing_is_told_unasked()
    {
        using ProgramRun run = await KernelRun.ToEndAsync("guest-errors64.elf", 1, "");

        run.Exits(KernelRun.Passed);
        Assert.DoesNotContain("guest error", run.Error, StringComparison.Ordinal);
    }
}

/// <summary>The run of <see cref="GuestErrorTests"/>.</summary>
public sealed class GuestErrorRun : IAsyncLifetime
{
    private const int LongestInstruction = 15;

    private ProgramRun _run = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _run = await KernelRun.ToEndAsync("guest-errors64.elf", 1, "", "--trace", "guest-errors");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _run.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Asserts a line that begins so and names the instruction that the kernel says it does this with. Hosts differ in where RIP is at
    /// an exit: on the instruction or behind it.
    /// </summary>
    internal void Names(string what, string beginning)
    {
        _run.Exits(KernelRun.Passed);
        ulong instruction = Address(Line(_run.Output, $"{what} at "), $"{what} at ");
        string place = $"{beginning}, CPU 0 at RIP ";

        ulong told = Address(Line(_run.Error, place).TrimEnd('h'), place);

        Assert.InRange(told, instruction, instruction + LongestInstruction);
    }

    private string Line(string text, string beginning)
    {
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal));
        Assert.True(line is not null, $"No line '{beginning}...'.\n-- stdout:\n{_run.Output}\n-- stderr:\n{_run.Error}");
        return line;
    }

    private static ulong Address(string line, string beginning) =>
        ulong.Parse(line.AsSpan(beginning.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
