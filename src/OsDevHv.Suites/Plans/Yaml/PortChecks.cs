using OsDevHv.Profiles;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Keys;
using OsDevHv.Suites.Expectations;

namespace OsDevHv.Suites.Plans.Yaml;

/// <summary>Checks that the machine has the ports of which output is expected.</summary>
internal static class PortChecks
{
    /// <summary>Reports ports that are not there.</summary>
    public static void Check(Expectation expected, MachineProfile profile, SectionReader section, ReadContext context)
    {
        string[] ports = [.. profile.Devices.Where(static device => device is UartProfile or DebugConsoleProfile).Select(static device => device.Name)];
        TextPattern?[] patterns = [.. expected.Output, .. expected.Absent, expected.Until];
        foreach (string port in patterns.OfType<TextPattern>().Select(static pattern => pattern.Port).OfType<string>().Distinct())
        {
            if (!ports.Contains(port))
            {
                context.Report(
                    DiagnosticCodes.BadExpectation,
                    section.Place,
                    $"expect: the machine has no serial port or debug console {Quoting.Short(port)}{Spelling.Hint(port, ports)}");
            }
        }
    }
}
