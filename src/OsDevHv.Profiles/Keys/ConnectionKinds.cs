using System.Globalization;
using System.Text;
using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>HOST:PORT.</summary>
internal sealed class EndpointKind : ScalarKind<string>
{
    /// <summary>The JSON Schema pattern of an address.</summary>
    internal const string Pattern = @"([A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\]):[0-9]+";

    // What no host means: never every address.
    private const string Loopback = "127.0.0.1";

    /// <inheritdoc/>
    public override string Expectation => "an address, HOST:PORT";

    /// <inheritdoc/>
    protected override bool MayBeginWithBracket => true;

    /// <inheritdoc/>
    public override string Format(string value) => $"\"{value}\"";

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, string value) => json.WriteStringValue(value);

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string");
        json.WriteString("pattern", $"^{Pattern}$");
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out string value) =>
        TryParse(scalar, scalar.Text, label, context, out value);

    /// <summary>Reads an address that is all or part of a scalar; false after reporting why it is none.</summary>
    internal static bool TryParse(ScalarNode scalar, string text, string label, ReadContext context, out string value)
    {
        var colon = text.LastIndexOf(':');
        var host = colon == 0 ? Loopback : text[..Math.Max(colon, 0)];
        var port = text[(colon + 1)..];
        value = $"{host}:{port}";
        if (!Endpoint.IsHost(host))
        {
            var way = colon >= 0 ? "" : $"; write {Loopback}:{(IsNumber(port) && port.Length <= 5 ? port : "1234")}";
            return Fail(context, DiagnosticCodes.BadEndpoint, scalar, $"{label} is an address, HOST:PORT, not {Quoting.Short(text)}{way}");
        }

        if (!IsNumber(port))
        {
            return Fail(
                context, DiagnosticCodes.BadEndpoint, scalar, $"{label}: the port of {Quoting.Short(text)} is not a decimal number");
        }

        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || Fail(context, DiagnosticCodes.OutOfRange, scalar, $"{label}: the port of {Quoting.Short(text)} is out of range, 0 to 65535");
    }

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}

/// <summary>Where a device's line goes.</summary>
internal sealed class ConnectKind : ScalarKind<Connection>
{
    private const int MaxSocketPath = 107;

    private static readonly string[] s_forms = ["null", "stdio", "pty", "file:PATH", "tcp:HOST:PORT", "unix:PATH"];

    /// <inheritdoc/>
    public override string Expectation => "null, stdio, pty, file:PATH, tcp:HOST:PORT or unix:PATH";

    /// <inheritdoc/>
    public override string Format(Connection value) => value.Kind switch
    {
        ConnectionKind.Null => "null",
        ConnectionKind.Stdio => "stdio",
        ConnectionKind.Pty => "pty",
        ConnectionKind.File => FlowText.Of("file:" + value.Target),
        ConnectionKind.Tcp => FlowText.Of("tcp:" + value.Target),
        _ => FlowText.Of("unix:" + value.Target),
    };

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        WriteType(json, nullable, "string");
        json.WriteString("pattern", $"^(null|stdio|pty|file:.+|unix:.+|tcp:{EndpointKind.Pattern})$");
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, Connection value)
    {
        if (value.Kind == ConnectionKind.Null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStringValue(Format(value));
        }
    }

    /// <inheritdoc/>
    protected override bool TryParse(ScalarNode scalar, string label, ReadContext context, out Connection value)
    {
        var colon = scalar.Text.IndexOf(':', StringComparison.Ordinal);
        var target = scalar.Text[(colon + 1)..];
        var path = "";
        value = Connection.None;
        switch (colon < 0 ? scalar.Text : scalar.Text[..(colon + 1)])
        {
            case "null":
                return true;
            case "stdio":
                value = new Connection(ConnectionKind.Stdio);
                return true;
            case "pty":
                value = new Connection(ConnectionKind.Pty);
                return true;
            case "file:" when PathKind.TryResolve(scalar, target, label, context, out path):
                value = new Connection(ConnectionKind.File, path);
                return true;
            case "unix:" when PathKind.TryResolve(scalar, target, label, context, out path):
                value = new Connection(ConnectionKind.Unix, path);
                return Encoding.UTF8.GetByteCount(path) <= MaxSocketPath
                    || Fail(
                        context,
                        DiagnosticCodes.BadPath,
                        scalar,
                        $"{label}: the path of a Unix socket has at most {MaxSocketPath} bytes, as {Quoting.Path(path)} has not");
            case "tcp:" when EndpointKind.TryParse(scalar, target, label, context, out var endpoint):
                value = new Connection(ConnectionKind.Tcp, endpoint);
                return true;
            case "file:" or "unix:" or "tcp:":
                return false;
            default:
                return Fail(
                    context,
                    DiagnosticCodes.BadConnection,
                    scalar,
                    $"{label} is {Expectation}, not {Quoting.Short(scalar.Text)}{Hint(scalar.Text)}");
        }
    }

    private static string Hint(string text)
    {
        var near = Spelling.Nearest(text.Split(':')[0], s_forms.Select(form => form.Split(':')[0]));
        var form = s_forms.FirstOrDefault(form => form.Split(':')[0] == near);
        return (form, text.Contains('.', StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal)) switch
        {
            ({ } word, _) => $"; did you mean '{word}'?",
            (null, true) when !text.Contains(':', StringComparison.Ordinal) => $"; a file is written {Quoting.Short("file:" + text)}",
            _ => "",
        };
    }
}
