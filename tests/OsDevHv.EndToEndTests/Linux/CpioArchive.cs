using System.Globalization;
using System.Text;

namespace OsDevHv.EndToEndTests.Linux;

/// <summary>
/// An initramfs: a cpio archive in the "new ASCII" format (Linux, Documentation/driver-api/early-userspace/buffer-format.rst), not
/// compressed.
/// </summary>
internal sealed class CpioArchive
{
    private const int Directory = 0x41ed;
    private const int Executable = 0x81ed;

    private readonly List<byte> _bytes = [];
    private int _inode;

    public void AddDirectory(string name) => Add(name, Directory, []);

    public void AddProgram(string name, byte[] content) => Add(name, Executable, content);

    public void AddScript(string name, string text) => Add(name, Executable, Encoding.UTF8.GetBytes(text));

    /// <summary>The archive; nothing can be added after.</summary>
    public byte[] ToArray()
    {
        Add("TRAILER!!!", 0, []);
        return [.. _bytes];
    }

    private void Add(string name, int mode, byte[] content)
    {
        // Inode, mode, owner, group, links, time, size, device twice, the device that it is twice, length of the name, checksum.
        int[] fields = [++_inode, mode, 0, 0, 1, 0, content.Length, 0, 0, 0, 0, name.Length + 1, 0];
        var header = new StringBuilder("070701");
        foreach (int field in fields)
        {
            header.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        }

        header.Append(name).Append('\0');
        _bytes.AddRange(Encoding.ASCII.GetBytes(header.ToString()));
        Align();
        _bytes.AddRange(content);
        Align();
    }

    private void Align()
    {
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }
    }
}
