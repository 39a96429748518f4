using System.Security.Cryptography;
using MicroChat.Feedback;
using Microsoft.AspNetCore.Http;

namespace MicroChat.Web;

/// <summary>
/// Who is visiting: a random id in a cookie that scripts cannot read and other sites cannot send. The store sees only its pseudonym.
/// </summary>
internal sealed class Visitors(IFeedbackStore store)
{
    public const string CookieName = "microchat-visitor";

    private const int IdBytes = 32;

    // Browsers keep no cookie longer than this.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(400);

    /// <summary>The visitor of this request; one who has no cookie yet gets one with the answer.</summary>
    public Pseudonym Of(HttpContext context)
    {
        if (context.Items[this] is Pseudonym known)
        {
            return known;
        }
        string? id = context.Request.Cookies[CookieName];
        if (id is not { Length: 2 * IdBytes } || !id.All(char.IsAsciiHexDigitLower))
        {
            id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
            context.Response.Cookies.Append(CookieName, id, CookieFor(context, Lifetime));
        }
        Pseudonym visitor = store.PseudonymOf(Platforms.Web, id);
        context.Items[this] = visitor;
        return visitor;
    }

    /// <summary>The visitor as one who gives feedback.</summary>
    public Rater RaterOf(HttpContext context) => new(Of(context), RaterKind.Person, AccountCreated: null);

    /// <summary>Takes the cookie away: the next request is a stranger's.</summary>
    public static void Forget(HttpContext context) => context.Response.Cookies.Delete(CookieName, CookieFor(context, null));

    /// <summary>How every cookie of the page is set.</summary>
    public static CookieOptions CookieFor(HttpContext context, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Path = "/",
        MaxAge = lifetime,
        IsEssential = true,
    };
}
