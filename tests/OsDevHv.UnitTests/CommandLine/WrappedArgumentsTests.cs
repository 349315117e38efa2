using OsDevHv.CommandLine;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Tests.Suites;
using OsDevHv.Tests.Suites.Running;

namespace OsDevHv.Tests.CommandLine;

/// <summary>Whose the words behind a run's file are.</summary>
public sealed class WrappedArgumentsTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("run --test k.elf", "run --test k.elf")]
    [InlineData("run --test k.elf a", "run --test k.elf -- a")]
    [InlineData("run --test k.elf --timeout 5s --help", "run --test k.elf -- --timeout 5s --help")]
    [InlineData("run --test k.elf -- a -- b", "run --test k.elf -- -- a -- b")]
    [InlineData("run --test --timeout 5s --set a=b k.elf a", "run --test --timeout 5s --set a=b k.elf -- a")]
    [InlineData("run --timeout=5s --test --module m k.elf --test", "run --timeout=5s --test --module m k.elf -- --test")]
    [InlineData("run --test --gdb k.elf --gdb", "run --test --gdb k.elf -- --gdb")]
    [InlineData("run --test --verbose k.elf a", "run --test --verbose k.elf -- a")]
    [InlineData("run --test -- k.elf a --timeout", "run --test -- k.elf a --timeout")]
    [InlineData("run k.elf --test --timeout 5s", "run k.elf --test --timeout 5s")]
    [InlineData("run k.elf a", "run k.elf a")]
    [InlineData("run --timeout 5s --test", "run --timeout 5s --test")]
    [InlineData("test --test k.elf a", "test --test k.elf a")]
    [InlineData("", "")]
    public void Behind_the_file_they_are_the_kernels_where_test_stands_before_it(string typed, string expected) =>
        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            WrappedArguments.Separate(typed.Split(' ', StringSplitOptions.RemoveEmptyEntries), RunCommand.Create(Context())));

    [Theory]
    [InlineData("run k.elf a", "'a' is one argument too many")]
    [InlineData("run k.elf -- a", "the kernel's command line is --cmdline STR")]
    [InlineData("run k.elf a --test", "goes behind FILE where --test stands before it")]
    [InlineData("run --tests k.elf a", "unknown option '--tests'; did you mean '--test'?")]
    [InlineData("run --test --timeout", "--timeout")]
    public async Task What_belongs_to_nobody_is_refused(string typed, string words)
    {
        int exitCode = await new ProgramCommands(Context()).RunAsync(typed.Split(' '));

        Assert.Equal(64, exitCode);
        Assert.Contains(words, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run --test FILE a --timeout 5s -- --gdb")]
    [InlineData("run FILE --test --timeout 5s -- a --timeout 5s -- --gdb")]
    [InlineData("run --test -- FILE a --timeout 5s -- --gdb")]
    public async Task The_kernel_gets_them_as_they_were_typed(string typed)
    {
        string file = Path.GetTempFileName();
        try
        {
            // Enough of a kernel to be known for one: a Multiboot header.
            byte[] header = [0x02, 0xb0, 0xad, 0x1b, 0, 0, 0, 0, 0xfe, 0x4f, 0x52, 0xe4];
            await File.WriteAllBytesAsync(file, header, TestContext.Current.CancellationToken);
            TestCase? given = null;
            var runner = new ScriptedRunner((testCase, _, _) =>
            {
                given = testCase;
                return Task.FromResult(SomeCases.Attempt(AttemptOutcome.Passed));
            });

            int exitCode = await new ProgramCommands(Context() with { CreateCaseRunner = (_, _) => runner })
                .RunAsync([.. typed.Split(' ').Select(word => word == "FILE" ? file : word)]);

            Assert.True(exitCode == 0, _error.ToString());
            Assert.Equal("a --timeout 5s -- --gdb", given!.Profile.Boot.CommandLine);
            Assert.Equal("a --timeout 5s -- --gdb", given.Arguments);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private ProgramContext Context() => new(_output, _error, static (_, _) => throw new InvalidOperationException("a machine"));
}
