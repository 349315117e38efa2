using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OsDevHv.Tests.Suites.Reports;

/// <summary>
/// Checks a document by the part of JSON Schema (draft-07) that the report's schema uses. A keyword that it does not know fails the test,
/// so that none is passed over.
/// </summary>
internal sealed class JsonSchema(JsonObject root)
{
    /// <summary>What is wrong, a line each.</summary>
    public IReadOnlyList<string> Check(JsonNode? value)
    {
        var problems = new List<string>();
        Check(root, value, "$", problems);
        return problems;
    }

    private void Check(JsonObject schema, JsonNode? value, string path, List<string> problems)
    {
        foreach ((string keyword, JsonNode? rule) in schema)
        {
            bool isRight = keyword switch
            {
                "$schema" or "$id" or "title" or "description" or "definitions" => true,
                "$ref" => CheckInside((JsonObject)root["definitions"]![rule!.GetValue<string>()["#/definitions/".Length..]]!, value),
                "type" => IsOf(rule!, value),
                "const" => JsonNode.DeepEquals(rule, value),
                "enum" => rule!.AsArray().Any(one => JsonNode.DeepEquals(one, value)),
                "minimum" => value!.GetValue<double>() >= rule!.GetValue<double>(),
                "pattern" => Regex.IsMatch(value!.GetValue<string>(), rule!.GetValue<string>()),
                "format" => rule!.GetValue<string>() == "date-time" && DateTimeOffset.TryParse(value!.GetValue<string>(), out _),
                "required" => rule!.AsArray().All(name => ((JsonObject)value!).ContainsKey(name!.GetValue<string>())),
                "additionalProperties" => !rule!.GetValue<bool>() && ((JsonObject)value!).All(pair => schema["properties"]!.AsObject().ContainsKey(pair.Key)),
                "properties" => CheckProperties(rule!.AsObject(), (JsonObject)value!),
                "items" => CheckItems((JsonObject)rule!, (JsonArray)value!),
                _ => throw new NotSupportedException($"the schema's keyword {keyword}"),
            };
            if (!isRight)
            {
                problems.Add($"{path}: {keyword}");
                return;
            }
        }

        bool CheckInside(JsonObject inner, JsonNode? inside)
        {
            Check(inner, inside, path, problems);
            return true;
        }

        bool CheckProperties(JsonObject properties, JsonObject map)
        {
            foreach ((string name, JsonNode? inside) in map)
            {
                if (properties[name] is JsonObject inner)
                {
                    Check(inner, inside, $"{path}.{name}", problems);
                }
            }

            return true;
        }

        bool CheckItems(JsonObject inner, JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                Check(inner, list[i], $"{path}[{i}]", problems);
            }

            return true;
        }
    }

    private static bool IsOf(JsonNode type, JsonNode? value) => type is JsonArray any
        ? any.Any(one => IsOf(one!, value))
        : (type.GetValue<string>(), value?.GetValueKind() ?? JsonValueKind.Null) switch
        {
            ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String)
                or ("number", JsonValueKind.Number) or ("null", JsonValueKind.Null) => true,
            ("integer", JsonValueKind.Number) => value!.GetValue<double>() % 1 == 0,
            _ => false,
        };
}
