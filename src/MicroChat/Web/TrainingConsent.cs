using MicroChat.Feedback;

namespace MicroChat.Web;

/// <summary>Whether a visitor lets their words be trained on. Until they answer the page's question, they do not.</summary>
internal sealed class TrainingConsent(IFeedbackStore store, TimeProvider time)
{
    /// <summary>Version of the question as the page puts it.</summary>
    private const string TextVersion = "page-1";

    /// <summary>Marks a choice that was made for a visitor who has not answered yet.</summary>
    private const string Unanswered = "page-unanswered";

    /// <summary>The visitor's answer; null: none yet.</summary>
    public async Task<bool?> FindAsync(Pseudonym visitor, CancellationToken cancellationToken) =>
        await store.FindConsentAsync(visitor, "", cancellationToken) switch
        {
            null or { TextVersion: Unanswered } or { State: ConsentState.NeverAsked } => null,
            { State: var state } => state == ConsentState.OptedIn,
        };

    public Task SetAsync(Pseudonym visitor, bool training, CancellationToken cancellationToken) =>
        WriteAsync(visitor, training ? ConsentState.OptedIn : ConsentState.OptedOut, TextVersion, cancellationToken);

    /// <summary>Keeps a visitor who has not answered yet out of training; before anything of theirs is stored.</summary>
    public async Task PresetAsync(Pseudonym visitor)
    {
        if (await store.FindConsentAsync(visitor, "", CancellationToken.None) is null)
        {
            await WriteAsync(visitor, ConsentState.OptedOut, Unanswered, CancellationToken.None);
        }
    }

    private Task WriteAsync(Pseudonym visitor, ConsentState state, string textVersion, CancellationToken cancellationToken) =>
        store.SetConsentAsync(new PersonConsent(visitor, "", state, textVersion, time.GetUtcNow()), cancellationToken);
}
