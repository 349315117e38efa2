using OsDevHv.EndToEndTests.CommandLine;
using OsDevHv.EndToEndTests.Debugger.Harness;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>
/// <c>osdevhv run --test</c> as the runner of other tools: what the kernel prints, what it is given, and real cargo, CMake and Meson
/// projects.
/// </summary>
public sealed class RunnerTests : IDisposable
{
    // Prints its command line and passes.
    private const string Kernel = """
            .code32
            .section .text
            .long 0x1badb002, 0, -0x1badb002    /* Multiboot */
            .globl _start
        _start:
            mov 16(%ebx), %esi                  /* the command line */
        1:  lodsb
            test %al, %al
            jz 2f
            out %al, $0xe9
            jmp 1b
        2:  mov $'\n', %al
            out %al, $0xe9
            mov $0x10, %eax
            mov $0xf4, %dx
            out %eax, %dx
            hlt

        """;

    private readonly TemporaryFiles _files = new();

    private static string Program => Path.GetFullPath(Installation.Program);

    private static string Multiboot => Installation.Kernel("multiboot-info64-mb2.elf");

    private string Directory => Path.GetDirectoryName(_files.Path("x"))!;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task What_the_kernel_prints_comes_while_it_runs()
    {
        using ProgramRun run = ProgramRun.Start("run", "--test", Installation.Kernel("spinner64.elf"));

        await run.ReadUntilAsync("spinning\n");
        await run.SignalAsync("INT");
        await run.WaitAsync();

        run.Exits(130);
        Assert.StartsWith("osdevhv: stopped: ", run.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_gone_does_not_change_the_judgement()
    {
        const string script = """{ "$0" run --test "$1"; echo "exit code: $?" >&2; } | true""";

        (int exitCode, string output) = await BuildTool.TryAsync(
            Directory, "/bin/sh", "-c", script, Program, Installation.Kernel("hello64-mb2.elf"));

        Assert.Equal(0, exitCode);
        Assert.Contains("osdevhv: passed: ", output, StringComparison.Ordinal);
        Assert.EndsWith("exit code: 0\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_behind_the_file_is_the_kernels_whatever_it_looks_like()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync(
            "run", "--test", "--cmdline", "log=debug", Multiboot, "smoke", "--timeout", "1ms", "--help", "two words", "--", "-x");

        run.Exits(0);
        Assert.Contains("command line: log=debug smoke --timeout 1ms --help \"two words\" -- -x\n", run.Output, StringComparison.Ordinal);
        run.Says("osdevhv: the kernel's arguments: smoke --timeout 1ms --help \"two words\" -- -x (command line and fw_cfg)\n");
        Assert.StartsWith("osdevhv: passed: ", run.LastLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_behind_the_file_are_ours_where_test_is_too()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", Multiboot, "--test", "--timeout", "60s", "--", "smoke", "--timeout");

        run.Exits(0);
        Assert.Contains("command line: smoke --timeout\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_asks_for_its_arguments_gets_them()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", "--test", Installation.Kernel("cases64.elf"), "case=one-of-two");

        run.Exits(100);
        Assert.Contains("@osdevhv fail second half: it is made to\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("test inside failed: second half: it is made to\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_says_it_is_to_be_skipped_is_skipped_to_its_runner()
    {
        using ProgramRun run = await ProgramRun.ToEndAsync("run", "--test", Installation.Kernel("cases64.elf"), "case=says-skip");

        run.Exits(77);
    }

    [Fact]
    public async Task CTest_runs_a_target_with_its_arguments()
    {
        BuildTool.Needs("cmake", "ctest");
        _files.Write("CMakeLists.txt", $"""
            cmake_minimum_required(VERSION 3.20)
            project(kernel LANGUAGES NONE)
            enable_testing()
            add_executable(kernel IMPORTED)
            set_target_properties(kernel PROPERTIES IMPORTED_LOCATION "{Path.GetFullPath(Multiboot)}")
            add_executable(skipping IMPORTED)
            set_target_properties(skipping PROPERTIES IMPORTED_LOCATION "{Path.GetFullPath(Installation.Kernel("cases64.elf"))}")
            add_test(NAME smoke COMMAND kernel smoke --quick)
            add_test(NAME not-here COMMAND skipping case=says-skip)
            set_tests_properties(smoke not-here PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 60)
            """);
        _files.Write("toolchain.cmake", $"""
            set(CMAKE_SYSTEM_NAME Generic)
            set(CMAKE_CROSSCOMPILING_EMULATOR "{Program}" run --test)
            """);
        string generator = File.Exists("/usr/bin/ninja") ? "Ninja" : "Unix Makefiles";

        await BuildTool.RunAsync(
            Directory, "cmake", "-S", ".", "-B", "build", "-G", generator, $"-DCMAKE_TOOLCHAIN_FILE={_files.Path("toolchain.cmake")}");
        string output = await BuildTool.RunAsync(_files.Path("build"), "ctest", "--verbose");

        Assert.Contains("1: command line: smoke --quick\n", output, StringComparison.Ordinal);
        Assert.Contains("100% tests passed, 0 tests failed out of 2", output, StringComparison.Ordinal);
        Assert.Contains("not-here (Skipped)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meson_runs_an_executable_with_its_arguments()
    {
        BuildTool.Needs("meson", "ninja", "gcc");
        _files.Write("kernel.S", Kernel);
        _files.Write("meson.build", """
            project('kernel', 'c')
            kernel = executable('kernel', 'kernel.S', pie: false, c_args: ['-m32'],
              link_args: ['-m32', '-nostdlib', '-static', '-no-pie', '-Wl,-Ttext=0x200000,--build-id=none'])
            test('smoke', kernel, args: ['smoke', '--quick'])
            """);
        _files.Write("cross.ini", $"""
            [binaries]
            c = 'gcc'
            exe_wrapper = ['{Program}', 'run', '--test']
            [properties]
            needs_exe_wrapper = true
            skip_sanity_check = true
            [host_machine]
            system = 'none'
            cpu_family = 'x86'
            cpu = 'i686'
            endian = 'little'
            """);

        await BuildTool.RunAsync(Directory, "meson", "setup", "build", "--cross-file", "cross.ini");
        string output = await BuildTool.RunAsync(Directory, "meson", "test", "-C", "build", "--verbose");

        Assert.Contains("\nsmoke --quick\n", output, StringComparison.Ordinal);
        Assert.Matches(@"\nOk: +1 *\n", output);
    }

    [Fact]
    public async Task Cargo_runs_a_test_with_its_filter_and_what_is_behind_the_dashes()
    {
        BuildTool.Needs("cargo", "rustc", "gcc");
        System.IO.Directory.CreateDirectory(_files.Path(".cargo"));
        _files.Write("kernel.S", Kernel);
        _files.Write("lib.rs", "#![no_std]\n");
        _files.Write("Cargo.toml", """
            [package]
            name = "kernel"
            version = "0.1.0"
            edition = "2021"

            [lib]
            path = "lib.rs"
            test = false
            doctest = false

            [[test]]
            name = "boots"
            path = "boots.rs"
            harness = false
            """);
        _files.Write("boots.rs", """
            #![no_std]
            #![no_main]

            core::arch::global_asm!(include_str!("kernel.S"), options(att_syntax));

            #[panic_handler]
            fn panic(_: &core::panic::PanicInfo) -> ! {
                loop {}
            }
            """);

        // The compiler's own target: others are not installed everywhere.
        _files.Write(".cargo/config.toml", $"""
            [build]
            target = "x86_64-unknown-linux-gnu"
            rustflags = ["-Cpanic=abort", "-Crelocation-model=static", "-Clink-arg=-nostartfiles", "-Clink-arg=-nostdlib",
              "-Clink-arg=-static", "-Clink-arg=-no-pie", "-Clink-arg=-Wl,-Ttext=0x200000,--build-id=none,-N"]

            [target.x86_64-unknown-linux-gnu]
            runner = ["{Program}", "run", "--test"]
            """);

        string output = await BuildTool.RunAsync(Directory, "cargo", "test", "--offline", "--test", "boots", "smoke", "--", "--quick");

        Assert.Contains("smoke --quick\n", output, StringComparison.Ordinal);
        Assert.Contains("osdevhv: passed: ", output, StringComparison.Ordinal);
    }
}
