namespace OsDevHv.Tests.Profiles;

/// <summary>Devices that cannot be, alone or together.</summary>
public sealed class BrokenDeviceTests : IDisposable
{
    private readonly ProfileBench _bench = new();

    public void Dispose() => _bench.Dispose();

    // Each text is the map of devices in flow style; it begins at column 10 of line 1.
    [Theory]
    [InlineData("[a]", "1:10", "OSDV021", "devices is a map of names to devices")]
    [InlineData("{ a: post-code }", "1:15", "OSDV021", "devices.a is a map such as")]
    [InlineData("{ a: { port: 0x80 } }", "1:12", "OSDV022", "devices.a has no type, and none of that name is inherited")]
    [InlineData("{ com1: { type: post-code }, cmo1: { port: 1 } }", "1:39", "OSDV022", "is this to be 'com1'?")]
    [InlineData("{ a: { type: uart } }", "1:23", "OSDV023", "unknown device type 'uart'")]
    [InlineData("{ a: { type: uart16650 } }", "1:23", "OSDV023", "did you mean 'uart16550'?")]
    [InlineData("{ a: { type: debug-exti } }", "1:23", "OSDV023", "did you mean 'debug-exit'?")]
    [InlineData("{ a: { type: [post-code] } }", "1:23", "OSDV021", "devices.a.type is text")]
    [InlineData("{ a: { type: uart16550, irq: 4 } }", "1:15", "OSDV022", "devices.a.port is missing; it is an integer, 0x0 to 0xffff")]
    [InlineData("{ a: { type: uart16550, port: 0x3f8 } }", "1:15", "OSDV022", "devices.a.irq is missing; it is an integer, 0 to 15")]
    [InlineData("{ a: { type: uart16550, port: 0x3f8, irq: 16 } }", "1:52", "OSDV026", "devices.a.irq: '16' is out of range, 0 to 15")]
    [InlineData("{ a: { type: uart16550, port: 0x10000, irq: 4 } }", "1:40", "OSDV026", "0x0 to 0xffff")]
    [InlineData("{ a: { type: uart16550, port: 3f8, irq: 4 } }", "1:40", "OSDV025", "'3f8' is not an integer")]
    [InlineData("{ a: { type: uart16550, port: 0xfff9, irq: 4 } }", "1:40", "OSDV061", "at most 0xfff8")]
    [InlineData("{ a: { type: debug-exit, port: 0xfffe } }", "1:41", "OSDV061", "at most 0xfffc")]
    [InlineData("{ a: { type: acpi-shutdown, port: 0xffff } }", "1:44", "OSDV061", "at most 0xfffe")]
    [InlineData("{ a: { type: debug-exit, size: 3 } }", "1:41", "OSDV024", "devices.a.size is 1, 2 or 4")]
    [InlineData("{ a: { type: debug-exit, size: \"4\" } }", "1:41", "OSDV024", "without quotes")]
    [InlineData("{ a: { type: debug-console, read-back: 256 } }", "1:49", "OSDV026", "0x0 to 0xff")]
    [InlineData("{ a: { type: debug-console, irq: 4 } }", "1:38", "OSDV020",
        "unknown key 'irq' in devices.a; valid here: type, port, read-back, connect")]
    [InlineData("{ a: { type: keyboard-controller, port: 0x60 } }", "1:44", "OSDV020", "valid here: type")]
    [InlineData("{ a: { type: debug-console, conect: stdio } }", "1:38", "OSDV020", "did you mean 'connect'?")]
    [InlineData("{ a: { type: debug-console, connect: serial.log } }", "1:47", "OSDV033", "a file is written 'file:serial.log'")]
    [InlineData("{ a: { type: debug-console, connect: sdtio } }", "1:47", "OSDV033", "did you mean 'stdio'?")]
    [InlineData("{ a: { type: debug-console, connect: fiel:x } }", "1:47", "OSDV033", "did you mean 'file:PATH'?")]
    [InlineData("{ a: { type: debug-console, connect: 'stdio:' } }", "1:47", "OSDV033", "did you mean 'stdio'?")]
    [InlineData("{ a: { type: debug-console, connect: 'file:' } }", "1:47", "OSDV031", "is a path, not empty")]
    [InlineData("{ a: { type: debug-console, connect: 'unix:' } }", "1:47", "OSDV031", "is a path, not empty")]
    [InlineData("{ a: { type: debug-console, connect: 'tcp:host' } }", "1:47", "OSDV032", "HOST:PORT")]
    [InlineData("{ a: { type: debug-console, connect: 'tcp:host:99999' } }", "1:47", "OSDV026", "0 to 65535")]
    [InlineData("{ 1a: { type: post-code } }", "1:12", "OSDV035", "'1a' is not a device name")]
    [InlineData("{ a.b: { type: post-code } }", "1:12", "OSDV035", "'a.b' is not a device name")]
    [InlineData("{ a: null }", "1:12", "OSDV042", "no device 'a' is inherited")]
    [InlineData("{ a: { type: post-code, port: 0x3ff }, b: { type: uart16550, port: 0x3f8, irq: 4 } }", "1:77", "OSDV060",
        "b and a both take port 0x3ff; a's is stated at m.yaml:1:40")]
    [InlineData("{ a: { type: post-code }, b: { type: post-code } }", "1:36", "OSDV060",
        "b and a both take port 0x80; a's is stated at m.yaml:1:12")]
    [InlineData("{ a: { type: keyboard-controller }, b: { type: post-code, port: 0x64 } }", "1:74", "OSDV060", "port 0x64")]
    [InlineData("{ a: { type: debug-exit, port: 0xe6 }, b: { type: debug-console } }", "1:49", "OSDV060",
        "port 0xe9; a's is stated at m.yaml:1:41")]
    [InlineData("{ a: { type: acpi-shutdown }, b: { type: post-code, port: 0x605 } }", "1:68", "OSDV060", "port 0x605")]
    [InlineData("{ a: { type: io-apic, address: 0xbffff000 } }", "1:41", "OSDV026", "0xc0000000 to 0xfffff000")]
    [InlineData("{ a: { type: io-apic, address: 0xfec00800 } }", "1:41", "OSDV026", "is not a multiple of 0x1000")]
    [InlineData("{ a: { type: hpet, address: 0xfed00200 } }", "1:38", "OSDV026", "is not a multiple of 0x400")]
    [InlineData("{ a: { type: hpet, timers: 2 } }", "1:37", "OSDV026", "3 to 32")]
    [InlineData("{ a: { type: hpet, timers: 33 } }", "1:37", "OSDV026", "3 to 32")]
    [InlineData("{ a: { type: hpet, address: 0xfee00000 } }", "1:38", "OSDV071", "overlap those of the local APICs at 0xfee00000")]
    [InlineData("{ a: { type: io-apic, address: 0xfeeff000 } }", "1:41", "OSDV071", "the local APICs")]
    [InlineData("{ a: { type: io-apic }, b: { type: framebuffer, width: 4096, height: 1800 } }", "1:34", "OSDV071",
        "the pixels of b at 0xfd000000 overlap those of a at 0xfec00000")]
    [InlineData("{ a: { type: framebuffer, address: 0xfff00000, width: 1024, height: 257 } }", "1:45", "OSDV079",
        "a takes 0x101000 bytes, of which the last would be past 0xffffffff; its address is at most 0xffeff000")]
    [InlineData("{ a: { type: framebuffer, width: 16384, height: 16384 } }", "1:12", "OSDV079", "its address is at most 0xc0000000")]
    [InlineData("{ a: { type: framebuffer, width: 0 } }", "1:43", "OSDV026", "out of range")]
    [InlineData("{ a: { type: framebuffer, height: 16385 } }", "1:44", "OSDV026", "out of range")]
    [InlineData("{ a: { type: framebuffer, address: 0x8000000 } }", "1:45", "OSDV026", "out of range")]
    [InlineData("{ a: { type: framebuffer, format: rgb565 } }", "1:44", "OSDV024", "xrgb8888, xbgr8888 or rgb888")]
    [InlineData("{ a: { type: vga-text }, b: { type: vga-text } }", "1:35", "OSDV072", "both of the type vga-text")]
    [InlineData("{ a: { type: vga-text }, b: { type: uart16550, port: 0x3d0, irq: 4 } }", "1:63", "OSDV060",
        "b and a both take port 0x3d4")]
    [InlineData("{ a: { type: io-apic }, b: { type: hpet, address: 0xfec00c00 } }", "1:60", "OSDV071",
        "the registers of b at 0xfec00c00 overlap those of a at 0xfec00000, stated at m.yaml:1:12")]
    [InlineData("{ a: { type: rtc, base: 2026-01-01 } }", "1:34", "OSDV036", "date, time to the second, and Z or an offset")]
    [InlineData("{ a: { type: rtc, base: '2026-01-01T00:00:00' } }", "1:34", "OSDV036", "devices.a.base is utc, localtime or an instant")]
    [InlineData("{ a: { type: rtc, base: '2026-02-30T00:00:00Z' } }", "1:34", "OSDV036", "not '2026-02-30T00:00:00Z'")]
    [InlineData("{ a: { type: rtc, base: UTC } }", "1:34", "OSDV036", "not 'UTC'")]
    [InlineData("{ a: { type: rtc, base: '1899-12-31T23:59:59Z' } }", "1:34", "OSDV026", "the years 1900 to 2999")]
    [InlineData("{ a: { type: rtc, base: '3000-01-01T00:00:00Z' } }", "1:34", "OSDV026", "the years 1900 to 2999")]
    [InlineData("{ a: { type: rtc, base: '0001-01-01T00:00:00+14:00' } }", "1:34", "OSDV036", "devices.a.base")]
    [InlineData("{ a: { type: rtc, nvram: [1] } }", "1:35", "OSDV021", "a map of byte numbers, 0xe to 0xff, to bytes")]
    [InlineData("{ a: { type: rtc, nvram: { 0xd: 1 } } }", "1:37", "OSDV026", "'0xd' is out of range, 0xe to 0xff")]
    [InlineData("{ a: { type: rtc, nvram: { 0x100: 1 } } }", "1:37", "OSDV026", "out of range")]
    [InlineData("{ a: { type: rtc, nvram: { 0x32: 1 } } }", "1:37", "OSDV026", "'0x32' is the century, which the clock counts")]
    [InlineData("{ a: { type: rtc, nvram: { x: 1 } } }", "1:37", "OSDV025", "'x' is not an integer")]
    [InlineData("{ a: { type: rtc, nvram: { 0x40: 256 } } }", "1:43", "OSDV026", "devices.a.nvram.0x40: '256' is out of range")]
    [InlineData("{ a: { type: rtc, nvram: { 0x40: 1, 64: 2 } } }", "1:46", "OSDV008", "'64' and '0x40' are one byte")]
    [InlineData("{ a: { type: acpi-pm, port: 0x602 } }", "1:38", "OSDV026", "is not a multiple of 0x4")]
    [InlineData("{ a: { type: acpi-pm, port: 0xfff8 } }", "1:38", "OSDV061", "at most 0xfff4")]
    [InlineData("{ a: { type: acpi-pm, port: 0xb0 } }", "1:38", "OSDV060", "a would have two registers at port 0xb2")]
    [InlineData("{ a: { type: acpi-pm }, b: { type: acpi-shutdown } }", "1:34", "OSDV060", "b and a both take port 0x604")]
    [InlineData("{ a: { type: pic }, b: { type: pic } }", "1:30", "OSDV072", "b and a are both of the type pic")]
    [InlineData("{ a: { type: rtc }, b: { type: rtc } }", "1:30", "OSDV072", "of which there is one at most")]
    [InlineData("{ a: { type: hpet }, b: { type: hpet, address: 0xfed01000 } }", "1:57", "OSDV072", "type hpet")]
    [InlineData("{ a: { type: pic, port: 0x20 } }", "1:28", "OSDV020", "valid here: type")]
    public void A_device_that_cannot_be_is_refused_at_its_place(string devices, string place, string code, string words)
    {
        var error = _bench.OneError($"devices: {devices}\n");

        Assert.StartsWith($"m.yaml:{place}: error {code}: ", error, StringComparison.Ordinal);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pic", 0x20)]
    [InlineData("pic", 0x21)]
    [InlineData("pic", 0xa0)]
    [InlineData("pic", 0xa1)]
    [InlineData("pic", 0x4d0)]
    [InlineData("pic", 0x4d1)]
    [InlineData("pit", 0x40)]
    [InlineData("pit", 0x43)]
    [InlineData("pit", 0x61)]
    [InlineData("rtc", 0x70)]
    [InlineData("rtc", 0x73)]
    [InlineData("acpi-pm", 0x600)]
    [InlineData("acpi-pm", 0x60b)]
    [InlineData("acpi-pm", 0xb2)]
    [InlineData("acpi-pm", 0xb3)]
    [InlineData("acpi-pm", 0xcf9)]
    public void A_port_of_a_board_device_is_taken(string type, int port)
    {
        var error = _bench.OneError($"devices: {{ a: {{ type: {type} }}, b: {{ type: post-code, port: {port} }} }}\n");

        Assert.Contains($"error OSDV060: b and a both take port 0x{port:x}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_that_touch_do_not_overlap()
    {
        var profile = _bench.ReadValid(
            """
            devices:
              a: { type: uart16550, port: 0x3f8, irq: 4 }
              b: { type: post-code, port: 0x400 }
              c: { type: post-code, port: 0x3f7 }
            """);

        Assert.Equal(3, profile.Devices.Count);
    }

    [Fact]
    public void Two_devices_that_read_stdin_are_refused_at_the_second()
    {
        var error = _bench.OneError(
            """
            devices:
              com1: { type: uart16550, port: 0x3f8, irq: 4, connect: stdio }
              com2: { type: uart16550, port: 0x2f8, irq: 3, connect: stdio }
            """);

        Assert.Equal(
            "m.yaml:3:58: error OSDV062: com2 and com1 would both read stdin (com1 at m.yaml:2:58); connect one of them elsewhere, "
            + "as in --set devices.com2.connect=file:com2.log, or to null",
            error);
    }

    [Fact]
    public void Outputs_share_stdio_with_one_reader()
    {
        var profile = _bench.ReadValid(
            """
            devices:
              a: { type: debug-console, connect: stdio }
              b: { type: debug-console, port: 0xea, connect: stdio }
              c: { type: uart16550, port: 0x3f8, irq: 4, connect: stdio }
            """);

        Assert.Equal(3, profile.Devices.Count);
    }

    [Fact]
    public void Two_devices_that_write_one_file_are_refused_however_it_is_spelt()
    {
        var error = _bench.OneError(
            """
            devices:
              a: { type: debug-console, connect: file:x.log }
              b: { type: debug-console, port: 0xea, connect: file:./y/../x.log }
            """);

        Assert.Equal("m.yaml:3:50: error OSDV064: b would overwrite this file, which is what a writes; name another", error);
    }

    [Fact]
    public void A_device_that_would_overwrite_the_kernel_is_refused()
    {
        var error = _bench.OneError("boot: { kernel: k.elf }\ndevices: { a: { type: debug-console, connect: file:k.elf } }\n");

        Assert.Equal("m.yaml:2:47: error OSDV064: a would overwrite this file, which is the kernel; name another", error);
    }

    [Theory]
    [InlineData("127.0.0.1:5000")]
    [InlineData("localhost:5000")]
    [InlineData("0.0.0.0:5000")]
    [InlineData(":5000")]
    [InlineData("'[::]:5000'")]
    public void Two_servers_that_would_meet_are_refused(string address)
    {
        var error = _bench.OneError(
            $"devices: {{ a: {{ type: debug-console, connect: tcp:127.0.0.1:5000 }} }}\ndebug: {{ gdb: {{ listen: {address} }} }}\n");

        Assert.StartsWith("m.yaml:2:25: error OSDV063: the debugger and a would both be served on ", error, StringComparison.Ordinal);
        Assert.EndsWith("a's is stated at m.yaml:1:47", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:5001")]
    [InlineData("127.0.0.2:5000")]
    public void Two_servers_that_do_not_meet_are_taken(string address)
    {
        var profile = _bench.ReadValid(
            $"devices: {{ a: {{ type: debug-console, connect: tcp:127.0.0.1:5000 }} }}\ndebug: {{ gdb: {{ listen: {address} }} }}\n");

        Assert.Equal(address, profile.Gdb.Listen);
    }

    [Fact]
    public void The_page_and_the_debugger_have_addresses_of_their_own()
    {
        var error = _bench.OneError("debug: { gdb: { listen: ':5000' }, view: { listen: localhost:5000 } }\n");

        Assert.Contains("error OSDV063: the page and the debugger would both be served on localhost:5000", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_number_of_servers_take_any_free_port()
    {
        var profile = _bench.ReadValid(
            "devices: { a: { type: debug-console, connect: 'tcp:localhost:0' } }\ndebug: { gdb: { listen: localhost:0 } }\n");

        Assert.Equal("localhost:0", profile.Gdb.Listen);
    }

    [Fact]
    public void Two_servers_on_one_socket_path_are_refused()
    {
        var error = _bench.OneError(
            """
            devices:
              a: { type: debug-console, connect: unix:s }
              b: { type: debug-console, port: 0xea, connect: unix:./s }
            """);

        Assert.StartsWith("m.yaml:3:50: error OSDV063: b and a would both be served on ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_socket_path_that_the_kernel_cannot_take_is_refused()
    {
        var error = _bench.OneError($"devices: {{ a: {{ type: debug-console, connect: unix:/{new string('s', 107)} }} }}\n");

        Assert.StartsWith("m.yaml:1:47: error OSDV031: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Serial_ports_may_share_an_interrupt()
    {
        var profile = _bench.ReadValid(
            "devices: { com1: { type: uart16550, port: 0x3f8, irq: 4 }, com3: { type: uart16550, port: 0x3e8, irq: 4 } }\n");

        Assert.Equal(2, profile.Devices.Count);
    }
}
