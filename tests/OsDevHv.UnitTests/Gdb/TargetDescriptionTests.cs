using System.Runtime.CompilerServices;
using System.Text;
using OsDevHv.Gdb;
using Xunit;

namespace OsDevHv.Tests.Gdb;

/// <summary>
/// The register descriptions as a client reads them, whole, against files in <c>Descriptions</c>: other tools depend on every number in
/// them. With OSDEVHV_UPDATE=1 in the environment the files are written anew.
/// </summary>
public sealed class TargetDescriptionTests
{
    private const RegisterFeatures All = RegisterFeatures.Avx | RegisterFeatures.Avx512 | RegisterFeatures.ProtectionKeys;

    [Theory]
    [InlineData(TargetArchitecture.I386, RegisterFeatures.None, "i386.xml")]
    [InlineData(TargetArchitecture.I386, All, "i386-all.xml")]
    [InlineData(TargetArchitecture.I8086, RegisterFeatures.None, "i8086.xml")]
    [InlineData(TargetArchitecture.X86_64, RegisterFeatures.None, "x86-64.xml")]
    [InlineData(TargetArchitecture.X86_64, RegisterFeatures.Avx, "x86-64-avx.xml")]
    [InlineData(TargetArchitecture.X86_64, All, "x86-64-all.xml")]
    public void The_description_is_the_one_on_file(TargetArchitecture architecture, RegisterFeatures features, string file)
    {
        string path = Path.Combine(Directory(), file);
        string description = Encoding.ASCII.GetString(RegisterLayout.For(architecture, features).Description);
        if (Environment.GetEnvironmentVariable("OSDEVHV_UPDATE") == "1")
        {
            File.WriteAllText(path, description);
        }

        Assert.Equal(File.ReadAllText(path), description);
    }

    private static string Directory([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Descriptions");
}
