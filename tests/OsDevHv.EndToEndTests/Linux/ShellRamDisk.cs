namespace OsDevHv.EndToEndTests.Linux;

/// <summary>An initramfs with busybox (of /bin, linked statically), whose shell takes the console.</summary>
internal static class ShellRamDisk
{
    /// <summary>What the shell prints when it waits for a command.</summary>
    public const string Prompt = "shell# ";

    /// <summary>The program that is in it.</summary>
    public const string Busybox = "/bin/busybox";

    /// <summary>Whether this host has what it takes.</summary>
    public static bool CanBeMade => File.Exists(Busybox);

    /// <summary>The archive.</summary>
    public static byte[] Make()
    {
        var archive = new CpioArchive();
        foreach (string directory in (string[])["bin", "dev", "proc", "sys"])
        {
            archive.AddDirectory(directory);
        }

        archive.AddProgram("bin/busybox", File.ReadAllBytes(Busybox));
        archive.AddScript(
            "init",
            $"""
            #!/bin/busybox sh
            /bin/busybox --install -s /bin
            export PATH=/bin PS1='{Prompt}'
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t devtmpfs dev /dev
            exec setsid cttyhack sh -i

            """);
        return archive.ToArray();
    }
}
