namespace OsDevHv.CommandLine;

/// <summary>What the help of a command says after its options.</summary>
internal static class HelpTexts
{
    private const string Root = """

        Examples:
          osdevhv run kernel.elf               boot a kernel on a standard PC; COM1 is this terminal
          osdevhv run machine.yaml --gdb       as the profile says, and let gdb in on port 1234
          osdevhv gdb kernel.elf               the same in gdb, stopped before its first instruction
          osdevhv test build/tests/*.elf       each a test, in parallel, with a summary
          osdevhv doctor                       does it work on this host, and how well?

        'osdevhv COMMAND --help' tells more of each.

        """;

    private const string Run = """

        Examples:
          osdevhv run kernel.elf --cmdline "log=debug" --timeout 10s
          osdevhv run machine.yaml --set cpu.count=2 --set memory=256M
          osdevhv run kernel.elf --gdb --wait
          osdevhv run kernel.elf --screenshot end.png --screenshot early.png@2s
          osdevhv run kernel.elf --view
          osdevhv run --test --timeout 10s kernel.elf smoke --quick
          gdb kernel.elf -ex 'target remote :1234'

        The guest's output is on stdout, everything else on stderr, with the verdict as the last line. When stdin is a terminal,
        keys go to the guest one by one: Ctrl-C ends the run (again: at once), Ctrl-A x too, Ctrl-A h shows the other keys.
        Otherwise stdin is the guest's input, and its end is no more than that. A closed stdout does not end the run.

        Connections (CONN):
          null             output is dropped
          stdio            this terminal, or wherever stdin and stdout lead
          file:PATH        a file, emptied first
          tcp:HOST:PORT    a server for one client at a time; output while there is none is dropped
          unix:PATH        the same on a Unix socket
          pty              a new pseudo-terminal; its name is told on stderr

        Screenshots (--screenshot, any number of times; an existing file is overwritten):
          FILE.png           when the run ends, as FILE.png@exit
          FILE.png@failure   when it ends in failure: any end but passed, exited, powered off and stopped by the user
          FILE.png@5s        after this time running: 500ms, 5s, 2m
        SIGUSR1 writes one at once, to the first FILE or to osdevhv-PID-N.png here.

        The page (--view): its address, with the word that lets you in, is told on stderr, and again by 'osdevhv view'. It shows the
        screen, the first serial port and the processors; keys typed on the screen or the serial port go to the guest.

        A test (--test) is judged as 'osdevhv test' does, for a runner that knows exit codes: 0 passed, 77 skipped, 100 failed, 130
        stopped; the last line on stderr says why. Where --test stands before FILE, all that is behind FILE is the kernel's, whatever it
        looks like: it is appended to the kernel's command line, and to the arguments of testkernels/lib/osdevhv-test.h. So it goes where
        a runner takes a command for what it built:
          cargo    runner = "osdevhv run --test"                           then: cargo test NAME -- --quick
          Meson    exe_wrapper = ['osdevhv', 'run', '--test']              then: test('smoke', kernel, args: ['smoke'])
          CMake    set(CMAKE_CROSSCOMPILING_EMULATOR osdevhv run --test)   then: add_test(NAME smoke COMMAND kernel smoke)
          Bazel    bazel test --run_under='osdevhv run --test' //...

        When the guest dies (triple fault, halt for good, time limit, panic, machine error) stderr has a report: registers, the fault, page
        walks, code, callers. --on-crash gdb keeps the machine as it is then until a debugger has come, with no time limit; --on-crash core
        writes an ELF core file for gdb besides (NAME.core here, or debug.core of the profile).

        Exit codes:
            0  passed, or powered off           100  failed (a value that the profile maps)
          odd  2v+1, the guest's own v          102  panicked (the profile's pattern)
               from isa-debug-exit              104  triple fault
           64  wrong command line               106  halted for good, interrupts off on all CPUs
           66  FILE, kernel or module unusable  108  reset by the guest
           70  machine error, not the guest     110  powered off, not passed as the profile says
           72  no usable KVM                    124  timed out
           74  host error: address, file        130  stopped by the user (signal, Ctrl-A x, gdb's kill)
           78  wrong profile

        """;

    private const string Gdb = """

        Examples:
          osdevhv gdb kernel.elf
          osdevhv gdb machine.yaml --serial pty -- -ex 'break kernel_main' -ex continue
          osdevhv gdb kernel.elf --with lldb
          osdevhv gdb kernel.elf -- -batch -x test.gdb

        FILE and the options are those of 'osdevhv run'. The debugger is given the kernel's file, or that of debug.symbols, and is
        connected on a free port (--gdb=ADDR: on that one); what is behind -- comes last of its arguments. Of --with's CMD the
        first word is the program, and one whose name has lldb in it is taken for LLDB, any other for gdb.

        The terminal is the debugger's: Ctrl-C stops the machine through it, and nothing typed goes to the guest. Guest output for
        stdio appears in between; --serial pty, tcp:HOST:PORT, unix:PATH or file:PATH keeps it apart, and all but the last take input.
        When the debugger ends, so does the run. The run's own end is told on stderr; the debugger stays, for you to quit.

        Exit codes: the debugger's own, 128 + the signal that ended it; those of 'osdevhv run' where the machine could not be started,
        74 where the debugger could not.

        """;

    private const string Test = """

        Examples:
          osdevhv test build/tests/*.elf
          osdevhv test suite.yaml --filter 'tag:smp and not tag:slow' --repeat 20
          osdevhv test suite.yaml --junit results.xml --html report.html
          osdevhv test suite.yaml --shard 2/8 --json shard-2.json

        Filters (--filter); not, and, or, parentheses; two tests beside each other are joined by 'and':
          WORD             the case's id (suite/name) has it in it; with * or ? it is the whole id, or the whole name
          /REGEX/          the id matches
          tag:WORD         it has the tag; suite:WORD is the suite; both with * and ? for characters
        "Quotes" keep spaces and parentheses in a word.

        Each case runs on a machine of its own, as many at a time as -j and the memory budget let. A log has a line for each when it is
        over, a terminal one for each that did not pass; below a failure is what was not as expected, the end of the output, the crash
        report and the command that runs it again. Passing when tried again (retries of the suite) is flaky: it counts as passed, and is
        listed. Reports have the plan's order, whatever the order of the run. FILE - is stdout; the log is then on stderr.

        Ctrl-C stops what is running and finishes the reports; again, it ends at once.

        Exit codes:
            0  all passed, were skipped, failed as expected or in quarantine
          100  a case failed, was an error, or passed although it is expected to fail
          130  stopped by the user
           64  wrong command line, or a filter that chooses nothing
           66  PATH unusable, or without cases
           72  no usable KVM
           74  a report that cannot be written
           78  wrong suite or profile (the errors are on stderr)

        """;

    private const string Merge = """

        Example:
          osdevhv report merge shard-*.json --junit results.xml --html report.html

        All shards must be there, each once, of the same suites with the same --filter. Files of failures are linked to where they lie
        beside each JSON file, so move both together.

        Exit codes: 0 nothing failed, 100 a case failed, 130 a shard was stopped, 66 the reports cannot be read or do not fit, 74 a report
        that cannot be written.

        """;

    private const string View = """

        The machine was started with --view, or its profile says debug.view.listen. Its address is printed, and opened with xdg-open
        where there is a display. Whoever has the address controls the machine; it works on this host only.

        Example:
          osdevhv run kernel.elf --view &
          osdevhv view

        Exit codes: 0 found, 74 no machine or several (they are listed on stderr), 64 wrong command line.

        """;

    private const string Check = """

        Examples:
          osdevhv check machine.yaml
          osdevhv check machine.yaml --set memory=1G --effective

        Exit codes: 0 valid, 78 not valid (the errors are on stderr), 66 no such FILE, 64 wrong command line.

        """;

    private const string Schema = """

        Example:
          osdevhv schema > machine.schema.json
          and as a profile's first line:  # yaml-language-server: $schema=machine.schema.json

        """;

    private const string Doctor = """

        Exit codes: 0 machines can be run here, 72 they cannot (the last lines say what to do).

        """;

    /// <summary>The text for a command's name; empty where there is none.</summary>
    private const string Snapshot = """

        Examples:
          osdevhv snapshot save kernel.elf ready.snapshot --at ready
          osdevhv snapshot save machine.yaml idle.snapshot --at symbol:idle_loop
          osdevhv snapshot save machine.yaml shell.snapshot --at "serial:^# $"
          osdevhv snapshot restore ready.snapshot --args "case=one"
          osdevhv snapshot restore idle.snapshot --gdb --wait

        A kernel says that it is ready as testkernels/lib/osdevhv-test.h tells. The file has the profile, the processors, the devices and all
        memory that is not zero; it fits hosts whose processors are by the same vendor, have all the features that the guest saw and a time
        stamp counter of the same rate. It has the file with the kernel's symbols too: where that is gone or was built anew since, a line says
        so, and crash reports and gdb use the snapshot's copy. What resets the machine boots the files as they are then. In gdb, 'monitor
        checkpoint' and 'monitor restore' do the same in memory.

        """;

    public static string EpilogueOf(string command) => command switch
    {
        RunCommand.Name => Run,
        GdbCommand.Name => Gdb,
        TestCommand.Name => Test,
        ReportCommand.Name => "",
        ReportCommand.MergeName => Merge,
        ViewCommand.Name => View,
        SnapshotCommand.Name or SnapshotCommand.SaveName or SnapshotCommand.RestoreName => Snapshot,
        CheckCommand.Name => Check,
        SchemaCommand.Name => Schema,
        DoctorCommand.Name => Doctor,
        VersionCommand.Name => "",
        _ => Root,
    };
}
