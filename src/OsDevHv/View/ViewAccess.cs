using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace OsDevHv.View;

/// <summary>Who may use the page: whoever knows the token, from a page of this very server or from no page at all.</summary>
/// <remarks>
/// The token keeps other users of this host out; the check of Host keeps out pages whose name was made to lead here (DNS rebinding); that
/// of Origin keeps out other pages, for a WebSocket is not held to the rule of the same origin (RFC 6455, 10.2).
/// </remarks>
internal sealed class ViewAccess
{
    private readonly byte[] _token;
    private readonly int _port;

    /// <param name="token">What every request must have.</param>
    /// <param name="port">The port that is served.</param>
    public ViewAccess(string token, int port)
    {
        _token = Encoding.UTF8.GetBytes(token);
        _port = port;
    }

    /// <summary>A new token: 128 random bits in hexadecimal.</summary>
    public static string NewToken() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Whether a request is let in.</summary>
    /// <param name="host">Its Host header; null or empty is none.</param>
    /// <param name="token">The token of its query, if any.</param>
    /// <param name="origin">Its Origin header; null or empty where no page made it.</param>
    public bool Allows(string? host, string? token, string? origin) =>
        IsThisServer(host)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token ?? ""), _token)
        && (string.IsNullOrEmpty(origin) || string.Equals(origin, $"http://{host}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a Host header names this server by a loopback address or localhost, and its port.</summary>
    public bool IsThisServer(string? host)
    {
        int colon = host?.LastIndexOf(':') ?? -1;
        if (colon < 0 || host![(colon + 1)..] != _port.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            return false;
        }

        string name = host[..colon];
        if (name is ['[', .., ']'])
        {
            name = name[1..^1];
        }
        else if (name.Contains(':', StringComparison.Ordinal))
        {
            return false;
        }

        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address));
    }
}
