namespace OsDevHv.Profiles;

/// <summary>One value of a profile set from outside it.</summary>
/// <param name="Assignment">
/// PATH=VALUE. PATH is keys joined by dots, list items by number from 0 (the number after the last adds one). VALUE is taken as it stands,
/// except that one that begins with [ { " or ' is YAML, a plain <c>null</c> removes, and nothing at all is empty text. Relative paths begin
/// at the current directory.
/// </param>
/// <param name="Option">
/// The option that stands for this override, as in <c>--timeout</c>, for errors to name; null for <c>--set</c>, which errors number.
/// </param>
public sealed record ProfileOverride(string Assignment, string? Option = null);
