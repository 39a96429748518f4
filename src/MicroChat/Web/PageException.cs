namespace MicroChat.Web;

/// <summary>A request of the page that is answered with an error: the status, a word for programs, a sentence for people.</summary>
/// <param name="status">HTTP status.</param>
/// <param name="code">What is wrong, for programs: "too_long".</param>
/// <param name="message">What is wrong, the value, the wish, the remedy.</param>
/// <param name="retry">Whether the same request may succeed later.</param>
internal sealed class PageException(int status, string code, string message, bool retry = false) : Exception(message)
{
    public int Status => status;

    public string Code => code;

    public bool Retry => retry;

    public static PageException Invalid(string message) => new(400, "invalid", message);

    public static PageException NotFound(string what) =>
        new(404, "not_found", $"There is no such {what}; it was deleted, or belongs to another visitor. Reload the page.");
}
