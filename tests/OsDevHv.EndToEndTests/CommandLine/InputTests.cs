using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.CommandLine;

/// <summary>The 8042, its keyboard and its mouse as a guest sees them, and keys that the profile presses.</summary>
public sealed class InputTests : IDisposable
{
    private readonly TemporaryFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("keyboard64.elf", "46 passed, 0 failed")]
    [InlineData("mouse64.elf", "34 passed, 0 failed")]
    public async Task A_kernel_that_checks_the_device_passes(string kernel, string result)
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Installation.Kernel(kernel));

        Assert.DoesNotContain("FAIL", run.Output, StringComparison.Ordinal);
        Assert.Contains(result, run.Output, StringComparison.Ordinal);
        run.Exits((0x10 << 1) | 1);
    }

    [Theory]
    [InlineData("", "2a 23 a3 aa 17 97 1c 9c 1d 38 e0 53 e0 d3 b8 9d 1 81")]
    [InlineData("set=2", "12 33 f0 33 f0 12 43 f0 43 5a f0 5a 14 11 e0 71 e0 f0 71 f0 11 f0 14 76 f0 76")]
    public async Task Keys_of_the_profile_arrive_in_the_scan_code_set_of_the_guest(string set, string codes)
    {
        string profile = _files.Write(
            "keys.yaml",
            $$"""
            extends: pc.yaml
            boot: { kernel: {{Installation.Kernel("keyboard64.elf")}}, cmdline: "show=yes {{set}}" }
            input:
              keys:
                - { at: 5s, type: "Hi\n" }
                - { at: 5500ms, send: ctrl-alt-delete esc }
            """);

        using ProgramRun run = await ProgramRun.ToEndAsync("run", profile);

        run.Exits((0x10 << 1) | 1);
        Assert.Equal(["listening", .. codes.Split(' '), "done"], run.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_key_that_is_held_repeats_until_it_is_released()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run",
            Installation.Kernel("keyboard64.elf"),
            "--set",
            "boot.cmdline=show=yes",
            "--set",
            "input.keys=[{ at: 5s, send: a, hold: 2s }, { at: 8s, send: esc }]");

        run.Exits((0x10 << 1) | 1);
        Assert.Matches("^listening 1e( 1e)+ 9e 1 81 done $", run.Output.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_refused_with_its_place_and_the_nearest_name()
    {
        string profile = _files.Write("keys.yaml", "extends: pc.yaml\ninput:\n  keys:\n    - send: ctrl-alt-delet\n");

        using ProgramRun run = await ProgramRun.ToEndAsync("check", profile);

        run.Says("keys.yaml:4:13: error OSDV038: input.keys.0.send: there is no key 'delet'; did you mean 'delete'?");
    }
}
