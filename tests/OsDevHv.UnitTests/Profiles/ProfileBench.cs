using OsDevHv.Profiles;

namespace OsDevHv.Tests.Profiles;

/// <summary>A directory of profiles for one test. Errors come without its name, so that they can be compared.</summary>
public sealed class ProfileBench : IDisposable
{
    /// <summary>The name of the file that <see cref="Read(string, string[])"/> writes.</summary>
    public const string Main = "m.yaml";

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("profiles-").FullName;

    /// <summary>Its absolute path.</summary>
    public string Directory => _directory;

    /// <summary>An absolute path in it.</summary>
    public string At(string name) => Path.Combine(_directory, name);

    /// <summary>Writes a file in it.</summary>
    public ProfileBench With(string name, string text) => With(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file in it.</summary>
    public ProfileBench With(string name, byte[] bytes)
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllBytes(At(name), bytes);
        return this;
    }

    /// <summary>Reads a text as a profile in this directory, for checking.</summary>
    public ProfileResult Read(string yaml, params string[] overrides)
    {
        With(Main, yaml);
        return ReadFile(Main, ProfileUse.Check, overrides);
    }

    /// <summary>Reads a file of this directory.</summary>
    public ProfileResult ReadFile(string name, ProfileUse use, params string[] overrides) => ProfileReader.Read(At(name), overrides, use);

    /// <summary>Reads a text that is right.</summary>
    public MachineProfile ReadValid(string yaml, params string[] overrides)
    {
        var result = Read(yaml, overrides);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        return result.Profile;
    }

    /// <summary>The errors as they are printed, without this directory's name.</summary>
    public string[] Errors(ProfileResult result)
    {
        Assert.Null(result.Profile);
        return [.. result.Diagnostics.Select(diagnostic => diagnostic.ToString().Replace(_directory + "/", "", StringComparison.Ordinal))];
    }

    /// <summary>Reads a text that has one error, and returns it as it is printed.</summary>
    public string OneError(string yaml, params string[] overrides) => Assert.Single(Errors(Read(yaml, overrides)));

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);
}
