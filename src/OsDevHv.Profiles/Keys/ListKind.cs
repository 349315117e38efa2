using System.Text.Json;
using OsDevHv.Profiles.Diagnostics;
using OsDevHv.Profiles.Yaml;

namespace OsDevHv.Profiles.Keys;

/// <summary>A list; optionally, a single item stands for a list of one.</summary>
/// <typeparam name="T">What an item is read into.</typeparam>
/// <param name="item">The kind of the items.</param>
/// <param name="allowSingle">Whether one item may stand without brackets.</param>
internal sealed class ListKind<T>(ValueKind<T> item, bool allowSingle) : ValueKind<IReadOnlyList<T>>
{
    /// <inheritdoc/>
    public override string Expectation => allowSingle ? $"{item.Expectation}; or a list of such" : $"a list, each item {item.Expectation}";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out IReadOnlyList<T> value)
    {
        value = [];
        if (node is not ListNode && !(allowSingle && (node is ScalarNode || (node is MapNode && item.TakesMap))))
        {
            context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}");
            return false;
        }

        var items = (node as ListNode)?.Items ?? [node];
        var read = new List<T>();
        for (var i = 0; i < items.Count; i++)
        {
            if (item.TryRead(items[i], node is ListNode ? $"{label}.{i}" : label, context, out var one))
            {
                read.Add(one);
            }
        }

        value = read;
        return read.Count == items.Count;
    }

    /// <inheritdoc/>
    public override string Format(IReadOnlyList<T> value) => $"[{string.Join(", ", value.Select(item.Format))}]";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        if (!allowSingle)
        {
            WriteType(json, nullable, "array");
            WriteItems(json);
            return;
        }

        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        item.WriteSchema(json, nullable);
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "array");
        WriteItems(json);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json, IReadOnlyList<T> value)
    {
        json.WriteStartArray();
        foreach (var one in value)
        {
            item.WriteJson(json, one);
        }

        json.WriteEndArray();
    }

    private void WriteItems(Utf8JsonWriter json)
    {
        json.WriteStartObject("items");
        item.WriteSchema(json, nullable: false);
        json.WriteEndObject();
    }
}

/// <summary>A boot module.</summary>
internal sealed class ModuleKind : ValueKind<BootModule>
{
    /// <inheritdoc/>
    public override string Expectation => "a map of path and cmdline";

    /// <inheritdoc/>
    public override bool TryRead(Node node, string label, ReadContext context, out BootModule value)
    {
        value = new BootModule("", "");
        if (node is not MapNode)
        {
            var way = node is ScalarNode { IsNull: false } path ? $"; write {{ path: {FlowText.Of(path.Text)} }}" : "";
            context.Report(DiagnosticCodes.WrongShape, node.Place, $"{label} is {Expectation}, not {node.Shape}{way}");
            return false;
        }

        var fields = SectionReader.Open(node, node.Place, label, ProfileKeys.Module, context);
        var file = fields.Get(ProfileKeys.ModulePath);
        var commandLine = fields.Get(ProfileKeys.ModuleCommandLine);
        value = new BootModule(file.Value ?? "", commandLine.Value);
        return file.IsValid && commandLine.IsValid && fields.IsClean;
    }

    /// <inheritdoc/>
    public override string Format(BootModule value) =>
        $"{{ {ProfileKeys.ModulePath.Name}: {ProfileKeys.ModulePath.Kind.Format(value.Path)}, "
        + $"{ProfileKeys.ModuleCommandLine.Name}: {ProfileKeys.ModuleCommandLine.Kind.Format(value.CommandLine)} }}";

    /// <inheritdoc/>
    public override void WriteSchema(Utf8JsonWriter json, bool nullable)
    {
        SectionKey.WriteMapSchema(json, ProfileKeys.Module, nullable);
        json.WriteStartArray("required");
        json.WriteStringValue(ProfileKeys.ModulePath.Name);
        json.WriteEndArray();
    }
}
