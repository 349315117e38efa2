using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using OsDevHv.Machine;
using OsDevHv.Suites.Plans;
using OsDevHv.Suites.Results;
using OsDevHv.Suites.Running;

namespace OsDevHv.Suites.Reports;

/// <summary>The JSON format: <c>configs/report.schema.json</c>. What is written reads back as the same report.</summary>
public static class JsonReport
{
    private const long MostBytes = 1L << 30;

    // In a file nothing is escaped that need not be.
    private static readonly ReportJson s_readable =
        new(new JsonSerializerOptions(ReportJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // The default encoder escapes whatever could end the element of a page.
    private static readonly ReportJson s_embedded = new(new JsonSerializerOptions(ReportJson.Default.Options) { WriteIndented = false });

    /// <summary>Writes it.</summary>
    /// <param name="report">What.</param>
    /// <param name="output">Where; ends with a line feed.</param>
    public static void Write(RunReport report, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(JsonSerializer.Serialize(report, s_readable.RunReport));
        output.Write('\n');
    }

    /// <summary>For a page: on one line, and no character of it can end the element that it stands in.</summary>
    internal static string Embed(RunReport report) => JsonSerializer.Serialize(report, s_embedded.RunReport);

    /// <summary>The same for the contents of files by their paths.</summary>
    internal static string Embed(Dictionary<string, string> files) => JsonSerializer.Serialize(files, s_embedded.DictionaryStringString);

    /// <summary>Reads a file that <see cref="Write"/> made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="report">The report.</param>
    /// <param name="error">Why there is none, with the file's name.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out RunReport? report, [NotNullWhen(false)] out string? error)
    {
        report = null;
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MostBytes)
            {
                error = $"{path}: larger than any report";
                return false;
            }

            report = JsonSerializer.Deserialize(file, s_readable.RunReport);
            error = report is null ? $"{path}: no report" : Check(path, report);
        }
        catch (JsonException broken)
        {
            error = string.Create(
                CultureInfo.InvariantCulture, $"{path}:{broken.LineNumber + 1}: no report of 'osdevhv test --json': {broken.Message}");
        }
        catch (Exception host) when (host is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            error = $"{path}: {host.Message}";
        }

        report = error is null ? report : null;
        return report is not null;
    }

    private static string? Check(string path, RunReport report) => report switch
    {
        { Format: not RunReport.CurrentFormat } => string.Create(
            CultureInfo.InvariantCulture,
            $"{path}: format {report.Format}, and this program reads {RunReport.CurrentFormat}: merge with the program that wrote it"),
        _ when report.Total < 0 || report.Cases.Any(one => one.Index < 0 || one.Index >= report.Total) =>
            $"{path}: a case has no place in the plan",
        _ => null,
    };
}

/// <summary>Reads and writes reports without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [
        typeof(SecondsConverter), typeof(ShardConverter), typeof(NameConverter<RunEnd>), typeof(NameConverter<Standing>),
        typeof(NameConverter<CaseOutcome>), typeof(NameConverter<AttemptOutcome>), typeof(NameConverter<ArtifactKind>),
        typeof(NameConverter<VerdictKind>)])]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>A time as seconds.</summary>
internal sealed class SecondsConverter : JsonConverter<TimeSpan>
{
    private const decimal Most = 1e9m;

    /// <inheritdoc/>
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out decimal seconds) && seconds is >= 0 and <= Most
            ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : throw new JsonException("seconds are expected");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((decimal)value.Ticks / TimeSpan.TicksPerSecond);
}

/// <summary>A shard as <c>I/N</c>.</summary>
internal sealed class ShardConverter : JsonConverter<Shard>
{
    /// <inheritdoc/>
    public override Shard Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        return Shard.TryParse(text, out Shard shard, out string? error) ? shard : throw new JsonException(error);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Shard value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>A value of an enumeration by its name, its first letter small.</summary>
internal sealed class NameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
