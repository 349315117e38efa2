using System.Globalization;
using System.Text;

namespace OsDevHv.Gdb.Packets;

/// <summary><c>qRegisterInfoN</c>: the registers as LLDB describes them, from the same table as target.xml.</summary>
internal static class RegisterInfoPackets
{
    /// <summary>The register with a number, in hexadecimal; behind the last one, an error ends the list.</summary>
    public static void Describe(GdbSession session, PacketReader packet)
    {
        if (!packet.TryReadNumber(out ulong number) || !packet.AtEnd)
        {
            session.Reply.Malformed("qRegisterInfo takes the number of a register");
            return;
        }

        if (number >= (ulong)session.Layout.Count)
        {
            // LLDB reads the list to its first error, which must have no text.
            session.Reply.Text("E45"u8);
            return;
        }

        session.Reply.Text(Encoding.ASCII.GetBytes(Describe(session.Layout.Registers[(int)number], session.Layout.Architecture)));
    }

    private static string Describe(RegisterDescription register, TargetArchitecture architecture)
    {
        (string encoding, string format) = register switch
        {
            { Source: RegisterSource.X87 } => ("ieee754", "float"),
            { Bits: > 64 } => ("vector", "vector-uint8"),
            _ => ("uint", "hex"),
        };
        string set = register.Group switch
        {
            RegisterGroups.General => "General Purpose Registers",
            RegisterGroups.FloatingPoint => "Floating Point Registers",
            _ => "System Registers",
        };
        RegisterRole role = RegisterRole.Of(register, architecture == TargetArchitecture.X86_64);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name:{register.Name};bitsize:{register.Bits};offset:{register.Offset};")
            .Append(CultureInfo.InvariantCulture, $"encoding:{encoding};format:{format};set:{set};");
        if (role.Dwarf >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"ehframe:{role.Dwarf};dwarf:{role.Dwarf};");
        }

        if (role.Generic is { } generic)
        {
            text.Append(CultureInfo.InvariantCulture, $"generic:{generic};");
        }

        return text.ToString();
    }
}
