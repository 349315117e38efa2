using System.Text.Json.Nodes;
using OsDevHv.EndToEndTests.CommandLine;

namespace OsDevHv.EndToEndTests.Suites;

/// <summary>Reports as <c>osdevhv test --json</c> writes them, made by hand by configs/report.schema.json.</summary>
internal static class ReportFile
{
    /// <summary>Writes the report of a shard.</summary>
    /// <param name="files">Where.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="shard">Which, <c>I/N</c>.</param>
    /// <param name="total">How many cases all shards have.</param>
    /// <param name="cases">Its cases.</param>
    public static string Write(TemporaryFiles files, string name, string shard, int total, params JsonObject[] cases) => files.Write(
        name,
        new JsonObject
        {
            ["format"] = 1,
            ["program"] = "0.1.0",
            ["began"] = "2026-01-02T03:04:05+00:00",
            ["duration"] = 2.5,
            ["end"] = "completed",
            ["plan"] = "0123456789abcdef",
            ["total"] = total,
            ["shard"] = shard,
            ["filter"] = "",
            ["seed"] = null,
            ["repeat"] = 1,
            ["artifacts"] = "artifacts",
            ["cases"] = new JsonArray([.. cases]),
        }.ToJsonString());

    /// <summary>A case with one attempt, or none where it was skipped.</summary>
    public static JsonObject Case(int index, string id, string outcome, string message = "", string output = "", params string[] tags) => new()
    {
        ["index"] = index,
        ["id"] = id,
        ["suite"] = id.Split('/')[0],
        ["name"] = id.Split('/')[1],
        ["place"] = new JsonObject { ["file"] = "suite.yaml", ["line"] = index + 1 },
        ["tags"] = new JsonArray([.. tags.Select(static tag => JsonValue.Create(tag))]),
        ["standing"] = "required",
        ["reason"] = outcome == "skipped" ? message : "",
        ["outcome"] = outcome,
        ["started"] = 0.5 * index,
        ["attempts"] = outcome == "skipped" ? [] : new JsonArray(Attempt(outcome, message, output, index)),
    };

    private static JsonObject Attempt(string outcome, string message, string output, int index) => new()
    {
        ["outcome"] = outcome,
        ["message"] = message,
        ["details"] = new JsonArray(message.Length == 0 ? [] : ["expected: 0", "actual: 3"]),
        ["verdict"] = outcome == "passed" ? "passed" : "tripleFaulted",
        ["exitCode"] = outcome == "passed" ? 0 : 104,
        ["duration"] = 0.25 * (index + 1),
        ["subtests"] = new JsonArray(),
        ["artifacts"] = outcome == "passed"
            ? []
            : new JsonArray(new JsonObject { ["kind"] = "screenshot", ["path"] = "screen.png" }, new JsonObject { ["kind"] = "serial", ["path"] = "com1.log" }),
        ["output"] = output,
        ["reproduce"] = outcome == "passed" ? "" : "osdevhv gdb a.elf",
    };
}
