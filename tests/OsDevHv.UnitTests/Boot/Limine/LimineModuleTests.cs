using System.IO.Compression;
using OsDevHv.Machine.Boot;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>Modules that the executable names itself ("Module Feature").</summary>
public sealed class LimineModuleTests
{
    // As b2sum gives it for "abc"; also in RFC 7693, appendix A.
    private const string HashOfAbc = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";

    private static LimineKernel Kernel(string path, ulong flags, BootBench bench, ulong revision = 1, params BootModule[] others)
    {
        LimineKernel kernel = new(6, bench) { Modules = others };
        ulong module = kernel.Next;
        byte[] text = new Bytes().Text(path).Text("its string").AlignTo(8).ToArray();
        ulong texts = module + 24 + 8;
        kernel.Add(new Bytes().U64(texts).U64(texts + (ulong)path.Length + 1).U64(flags).U64(module).Raw(text).ToArray());
        return kernel.Add(TestRequest.Module with { Revision = revision, Members = [1, module + 24] });
    }

    private static (string Path, string Text, byte[] Content) Only(LimineKernel kernel)
    {
        Assert.Equal(1u, kernel.Member(TestRequest.Module, 0));
        ulong file = kernel.U64(kernel.Member(TestRequest.Module, 1));
        byte[] content = kernel.Bench.Ram.Read(kernel.Walk(kernel.U64(file + 8)).PhysicalAddress, (int)kernel.U64(file + 16));
        return (kernel.Text(kernel.U64(file + 24)), kernel.Text(kernel.U64(file + 32)), content);
    }

    [Theory]
    [InlineData("inside")]
    [InlineData("/inside")]
    public void It_is_found_beside_the_kernel(string path)
    {
        BootBench bench = new();
        bench.Write("inside", [1, 2, 3]);

        using LimineKernel kernel = Kernel(path, 1, bench).Load();

        (string told, string text, byte[] content) = Only(kernel);
        Assert.Equal(("/inside", "its string"), (told, text));
        Assert.Equal([1, 2, 3], content);
    }

    [Fact]
    public void It_comes_before_those_of_the_profile()
    {
        BootBench bench = new();
        bench.Write("inside", [1]);
        string outer = bench.Write("outer", [2]);
        using LimineKernel kernel = Kernel("inside", 0, bench, others: new BootModule(outer, "")).Load();

        ulong files = kernel.Member(TestRequest.Module, 1);
        Assert.Equal(2u, kernel.Member(TestRequest.Module, 0));
        Assert.Equal("/inside", kernel.Text(kernel.U64(kernel.U64(files) + 24)));
        Assert.Equal("/outer", kernel.Text(kernel.U64(kernel.U64(files + 8) + 24)));
    }

    [Fact]
    public void A_request_of_revision_0_names_none()
    {
        BootBench bench = new();
        bench.Write("inside", [1]);

        using LimineKernel kernel = Kernel("inside", 1, bench, revision: 0).Load();

        Assert.Equal(0u, kernel.Response(TestRequest.Module));
    }

    [Fact]
    public void One_that_is_missing_and_not_required_is_left_out()
    {
        using LimineKernel kernel = Kernel("missing", 0, new BootBench()).Load();

        Assert.Equal(0u, kernel.Response(TestRequest.Module));
    }

    [Theory]
    [InlineData("missing", 1, "is required")]
    [InlineData("../elsewhere", 0, "outside the kernel's directory")]
    [InlineData("/../../etc/passwd", 1, "outside the kernel's directory")]
    [InlineData("kernel#00", 0, "BLAKE2b")]
    [InlineData("kernel", 2, "cannot be unpacked")]
    public void One_that_cannot_be_had_is_refused(string path, ulong flags, string said)
    {
        using LimineKernel kernel = Kernel(path, flags, new BootBench());

        Assert.Contains(said, Assert.Throws<BootException>(() => kernel.Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_is_verified()
    {
        BootBench bench = new();
        bench.Write("abc", "abc"u8.ToArray());

        using LimineKernel kernel = Kernel($"abc#{HashOfAbc}", 1, bench).Load();

        Assert.Equal("/abc", Only(kernel).Path);
    }

    [Fact]
    public void A_compressed_one_is_unpacked()
    {
        BootBench bench = new();
        byte[] content = [.. Enumerable.Range(0, 100_000).Select(number => (byte)(number / 7))];
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        bench.Write("packed.gz", packed.ToArray());

        using LimineKernel kernel = Kernel("packed.gz", 3, bench).Load();

        Assert.Equal(content, Only(kernel).Content);
    }
}
