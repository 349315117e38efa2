using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Suites.Plans.KvmUnitTests;

/// <summary>One test of an unittests.cfg, as it stands there.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where its header stands.</param>
internal sealed record UnitTest(string Name, Place Place)
{
    private readonly Dictionary<string, string> _parameters = [];

    /// <summary>The value of a parameter; empty where there is none.</summary>
    public string this[string parameter] => _parameters.GetValueOrDefault(parameter, "");

    /// <summary>Sets a parameter; the last counts, as for run_tests.sh.</summary>
    public void Set(string parameter, string value) => _parameters[parameter] = value;
}
