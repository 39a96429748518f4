using MicroChat.Chat;

namespace MicroChat.Web;

/// <summary>How a generation of the model is named in feedback and on the page.</summary>
internal static class ModelNames
{
    /// <summary>Name and generation.</summary>
    public static string Version(ModelCard card) => $"{card.Name}@{card.Version}";
}
