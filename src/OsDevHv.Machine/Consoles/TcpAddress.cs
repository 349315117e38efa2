using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OsDevHv.Machine.Consoles;

/// <summary>HOST:PORT, as in <c>127.0.0.1:1234</c>, <c>[::1]:1234</c>, <c>localhost:0</c> and <c>:1234</c>.</summary>
public static class TcpAddress
{
    /// <summary>
    /// The address to listen on. An empty host is the loopback address, never all of them; port 0 is any that is free; a name is looked up.
    /// </summary>
    /// <exception cref="FormatException">It is no address; the message says what one looks like.</exception>
    /// <exception cref="SocketException">The name is unknown.</exception>
    public static IPEndPoint Resolve(string address)
    {
        int colon = address.LastIndexOf(':');
        string host = colon < 0 ? "" : address[..colon];
        if (!ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            throw new FormatException($"'{address}' is no address; expected HOST:PORT with a port from 0 to 65535, as in 127.0.0.1:1234");
        }

        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        if (host.Length == 0)
        {
            return new IPEndPoint(IPAddress.Loopback, port);
        }

        if (IPAddress.TryParse(host, out IPAddress? ip))
        {
            return new IPEndPoint(ip, port);
        }

        IPAddress[] found = Dns.GetHostAddresses(host);
        return new IPEndPoint(Array.Find(found, a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0], port);
    }
}
