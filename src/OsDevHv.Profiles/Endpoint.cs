using System.Net;
using System.Net.Sockets;

namespace OsDevHv.Profiles;

/// <summary>The text HOST:PORT: what is a host, and which two texts mean one address.</summary>
internal static class Endpoint
{
    /// <summary>An IPv4 address, an IPv6 address in brackets, or a name (RFC 1123 letters, digits, '-' and '.').</summary>
    public static bool IsHost(string host)
    {
        if (host is ['[', .., ']'])
        {
            return IPAddress.TryParse(host[1..^1], out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6;
        }

        if (host.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            return host.Split('.').Length == 4 && IPAddress.TryParse(host, out _);
        }

        return host.Length <= 253
            && host.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-')
            && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
    }

    /// <summary>Whether a server on this address can be reached from this host only.</summary>
    public static bool IsLoopback(string endpoint)
    {
        var (host, _) = Split(endpoint);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
    }

    /// <summary>True when servers on both addresses would meet: the same port, not 0, of the same host or of any host.</summary>
    public static bool Collide(string a, string b)
    {
        var (hostA, portA) = Split(a);
        var (hostB, portB) = Split(b);
        return portA == portB && portA != "0" && (hostA == hostB || IsAny(hostA) || IsAny(hostB));
    }

    private static (string Host, string Port) Split(string endpoint)
    {
        var colon = endpoint.LastIndexOf(':');
        var host = endpoint[..colon].ToLowerInvariant();
        var port = endpoint[(colon + 1)..].TrimStart('0');
        return (host == "localhost" ? "127.0.0.1" : host, port.Length == 0 ? "0" : port);
    }

    private static bool IsAny(string host) => host is "0.0.0.0" or "[::]";
}
