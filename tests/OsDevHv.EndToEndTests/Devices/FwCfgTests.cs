using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Devices;

/// <summary>The firmware configuration device and ramfb, as kernels use them.</summary>
public sealed class FwCfgTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("fw-cfg64.elf")]
    [InlineData("fw-cfg32.elf")]
    public async Task A_kernel_reads_and_writes_items_and_its_lies_are_refused(string kernel)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel(kernel), "--cmdline", "lies=yes", "--trace", "guest-errors");

        run.Exits(33);
        Assert.Contains(" passed, 0 failed\n", run.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("SKIP", run.Output, StringComparison.Ordinal);
        run.Says("guest error: fw_cfg: DMA write to an item that is not there or only read, of length (4h), CPU 0 at RIP ");
        run.Says("guest error: fw_cfg: DMA read to what is not RAM, at address (d0000000h), CPU 0 at RIP ");
        run.Says("guest error: fw_cfg: DMA structure that is not in RAM (fffffffffffffff8h), CPU 0 at RIP ");
    }

    [Fact]
    public async Task A_kernel_finds_what_the_profile_adds()
    {
        string blob = _files.Write("blob.bin", "blob");
        string profile = _files.Write("machine.yaml", $$"""
            extends: pc.yaml
            boot: { kernel: {{Installation.Kernel("fw-cfg64.elf")}} }
            firmware-config:
              opt/org.example/blob: { file: {{blob}} }
              opt/org.example/text: { string: hello }
              opt/org.example/bytes: { hex: "00 ff" }
              opt/test/writable: { string: abc, writable: 64 }
            """);

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        run.Exits(33);
        string output = run.Output.ReplaceLineEndings("\n");
        Assert.Contains("content opt/org.example/blob = 62 6c 6f 62\n", output, StringComparison.Ordinal);
        Assert.Contains("content opt/org.example/text = 68 65 6c 6c 6f\n", output, StringComparison.Ordinal);
        Assert.Contains("content opt/org.example/bytes = 0 ff\n", output, StringComparison.Ordinal);
        Assert.Contains(" 64 opt/test/writable\ncontent opt/test/writable = 61 62 63 0 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_whose_file_is_too_long_is_one_error_that_names_it()
    {
        string blob = _files.Write("blob.bin", "blob");

        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel("fw-cfg64.elf"), "--set", $"firmware-config={{ opt/a: {{ file: {blob}, writable: 2 }} }}");

        Assert.NotEqual(0, run.ExitCode);
        run.Says($"{blob}: the file has 4 bytes, and the item opt/a of firmware-config can have 2.");
    }

    [Theory]
    [InlineData("ramfb64.elf")]
    [InlineData("ramfb32.elf")]
    public async Task Each_wrong_field_of_a_frame_is_told(string kernel)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", Installation.Kernel(kernel), "--cmdline", "lies=yes", "--trace", "guest-errors");

        run.Exits(33);
        run.Says("guest error: ramfb: fourcc that is not XR24, AR24, XB24, AB24 or RG24 (36314752h)");
        run.Says("guest error: ramfb: width that is not 1 to 16384 (40000010h)");
        run.Says("guest error: ramfb: height that is not 1 to 16384 (ffffffffh)");
        run.Says("guest error: ramfb: stride that is shorter than a row (ffh)");
        run.Says("guest error: ramfb: stride of 2 GiB or more (fffffffch)");
        run.Says("guest error: ramfb: address of a frame that is not all in RAM (d0000000h)");
        run.Says("guest error: ramfb: address of a frame that is not all in RAM (fffffffffffff000h)");
        Assert.Equal(10, run.Error.Split('\n').Count(line => line.StartsWith("guest error: ", StringComparison.Ordinal)));
    }
}
