using OsDevHv.Machine.Boot;
using OsDevHv.Machine.Firmware;
using OsDevHv.Profiles;

namespace OsDevHv.Suites.Plans;

/// <summary>
/// What another test runner puts behind a kernel's file, a filter or what its user typed behind <c>--</c>: appended to the kernel's command
/// line, and to the arguments for which a kernel can ask (testkernels/lib/osdevhv-test.h).
/// </summary>
public static class KernelArguments
{
    /// <summary>One text of them, with a space between; one that has white space in it, or is empty, is in double quotes.</summary>
    public static string Join(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return string.Join(' ', arguments.Select(static one => one.Length == 0 || one.Any(char.IsWhiteSpace) ? $"\"{one}\"" : one));
    }

    /// <summary>The case whose kernel is given them too, by each way that it and its machine have.</summary>
    /// <param name="testCase">The case.</param>
    /// <param name="arguments">They.</param>
    /// <param name="ways">The ways, in words.</param>
    /// <exception cref="BootException">The kernel cannot be read, there is no way, or they are too long for it.</exception>
    public static TestCase Append(TestCase testCase, IReadOnlyList<string> arguments, out string ways)
    {
        ArgumentNullException.ThrowIfNull(testCase);
        BootProfile boot = testCase.Profile.Boot;
        bool hasCommandLine = Bootloader.TakesCommandLine(boot);
        bool hasItem = testCase.Profile.Devices.Any(static device => device is FwCfgProfile);
        ways = (hasCommandLine, hasItem) switch
        {
            (true, true) => "command line and fw_cfg",
            (true, false) => "command line",
            (false, true) => "fw_cfg; its boot protocol has no command line",
            _ => throw new BootException($"{boot.Kernel}: there is no way to give it arguments: its boot protocol has no command line, and the "
                + "machine no fw_cfg device."),
        };
        string text = Join(arguments);
        string item = hasItem ? Append(testCase.Arguments, text) : testCase.Arguments;
        if (!TestArguments.Fit(item))
        {
            throw new BootException($"{boot.Kernel}: its arguments are too long: fw_cfg's {TestArguments.ItemName} has "
                + $"{TestArguments.ItemSize - 1} bytes of text.");
        }

        string commandLine = hasCommandLine ? Append(boot.CommandLine, text) : boot.CommandLine;
        return testCase with
        {
            Profile = testCase.Profile with { Boot = boot with { CommandLine = commandLine } },
            Arguments = item,
        };
    }

    private static string Append(string before, string text) => before.Length == 0 ? text : $"{before} {text}";
}
