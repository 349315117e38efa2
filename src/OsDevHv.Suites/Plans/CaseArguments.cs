using OsDevHv.Profiles;

namespace OsDevHv.Suites.Plans;

/// <summary>How a guest gets its arguments: see testkernels/lib/osdevhv-test.h.</summary>
internal static class CaseArguments
{
    /// <summary>The fw_cfg item that holds them.</summary>
    public const string ItemName = "opt/org.osdevhv/arguments";

    /// <summary>A case whose machine has its arguments from the beginning; one from a snapshot is given them later.</summary>
    public static TestCase Give(TestCase testCase) =>
        testCase.Arguments.Length == 0 || testCase.Snapshot is not null ? testCase : testCase with { Profile = WithItem(testCase) };

    /// <summary>The case's machine with the item.</summary>
    public static MachineProfile WithItem(TestCase testCase) => testCase.Profile with
    {
        FirmwareConfig =
        [
            .. testCase.Profile.FirmwareConfig.Where(static item => item.Name != ItemName),
            new FirmwareItem(ItemName, FirmwareItemContent.Text, testCase.Arguments, 0),
        ],
    };
}
