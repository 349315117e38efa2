using System.CommandLine;
using System.Globalization;
using OsDevHv.Machine;
using OsDevHv.Profiles;
using OsDevHv.Running;
using OsDevHv.Suites.Plans;
using OsDevHv.Testing;

namespace OsDevHv.CommandLine;

/// <summary><c>osdevhv check</c>.</summary>
internal static class CheckCommand
{
    public const string Name = "check";

    public static Command Create(ProgramContext context)
    {
        var file = new Argument<string>("FILE") { Description = "A profile or a suite (YAML), or a kernel, for the profile it would run with" };
        var effective = new Option<bool>("--effective") { Description = "Print the profile with all that it extends and every default" };
        var set = new Option<string[]>("--set") { Description = "Set a value of the profile: cpu.count=2", HelpName = "K=V" };
        var command = new Command(Name, "Say whether a profile or a suite is valid; the files that it boots need not be there.")
        {
            file, effective, set,
        };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            ProfileOverride[] overrides = [.. (parsed.GetValue(set) ?? []).Select(assignment => new ProfileOverride(assignment))];
            if (SuiteReader.IsSuite(path))
            {
                return CheckSuite(path, overrides, context);
            }

            ProfileResult result = ProfileArguments.Read(path, overrides, ProfileUse.Check);
            if (!result.Succeeded)
            {
                return ProfileArguments.Report(result, path, context.Error);
            }

            context.Output.Write(parsed.GetValue(effective) ? EffectiveProfile.Write(result.Profile) : $"{path}: valid\n");
            return ExitCodes.Passed;
        });
        return command;
    }

    private static int CheckSuite(string path, ProfileOverride[] overrides, ProgramContext context)
    {
        PlanResult result = SuiteReader.Read([path], overrides, ProfileUse.Check);
        if (result.Plan is not { } plan)
        {
            return TestHost.Report(result.Diagnostics, [path], context.Error);
        }

        context.Output.Write($"{path}: valid; {Describe(plan)}\n");
        return ExitCodes.Passed;
    }

    private static string Describe(TestPlan plan)
    {
        int skipped = plan.Cases.Count(static one => one.Skip is not null);
        string cases = plan.Cases.Count switch
        {
            0 => "it has no cases",
            1 => "1 case",
            _ => string.Create(CultureInfo.InvariantCulture, $"{plan.Cases.Count} cases"),
        };
        return skipped == 0 ? cases : string.Create(CultureInfo.InvariantCulture, $"{cases}, of which {skipped} will be skipped");
    }
}
