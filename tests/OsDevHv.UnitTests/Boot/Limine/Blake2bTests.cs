using OsDevHv.Machine.Boot.Limine;
using Xunit;

namespace OsDevHv.Tests.Boot.Limine;

/// <summary>Digests as coreutils' b2sum gives them.</summary>
public sealed class Blake2bTests
{
    [Theory]
    [InlineData(0, "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419"
        + "d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce")]
    [InlineData(1, "333fcb4ee1aa7c115355ec66ceac917c8bfd815bf7587d325aec1864edd24e34"
        + "d5abe2c6b1b5ee3face62fed78dbef802f2a85cb91d455a8f5249d330853cb3c")]
    [InlineData(127, "94596b9d6199c807c40ae1a935f3633ba5a8dd5655f7f1bd44f5285b1ce8dbb0"
        + "054771eba409539df85a963296d28788807105153c90fa3ec3d761228e90f8b8")]
    [InlineData(128, "fc6c71f688f43ea7d60817478808f3cac753e61571865c95adbc2d9122c943a7"
        + "6b92c2cb1047ef3fe7bf6e436ec1d0a99a9e5b216780bf7fed9d7ca91d3a8f3b")]
    [InlineData(129, "55e6e0eb418149a8af92fd9ddc99254781b2f522a131b4f4d984404b71a00e11"
        + "67b8124d5dcddd4c6977b299392335d6edd303da6d344d74bbef2d38101b232b")]
    [InlineData(256, "0eee13d0c73a2710c5015a8b4be0a16120bb88f826b662951ffe4b3b81441cfd"
        + "ce1f712c58e237dba72a0dad7f9c86b9745ea0b4b3b850ff3a260fb7df9d3e81")]
    [InlineData(1000, "d6a69459fe93fc6b9537ed4336e5099e0dcca3e97290a412500ed7a0daffb03d"
        + "80cf3650a20e0591f748e10c3c534945ee83d5f2c9722f1a68d98b8c01af23fd")]
    public void Digests_of_so_many_letters_a(int count, string digest)
    {
        byte[] content = new byte[count];
        content.AsSpan().Fill((byte)'a');

        Assert.Equal(digest, Convert.ToHexStringLower(Blake2b.Hash(new MemoryStream(content))));
    }
}
