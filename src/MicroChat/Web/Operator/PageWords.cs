using System.Text.Json;

namespace MicroChat.Web.Operator;

/// <summary>Names of enumerations as the page reads them.</summary>
internal static class PageWords
{
    /// <summary>"RolledBack" becomes "rolled-back".</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
