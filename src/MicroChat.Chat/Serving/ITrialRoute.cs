namespace MicroChat.Chat.Serving;

/// <summary>Says which requests go to a generation that is on trial beside the live one.</summary>
public interface ITrialRoute
{
    /// <summary>Whether a request goes there; the same answer for the same conversation each time. Called from several threads.</summary>
    /// <param name="conversation">What the request belongs to.</param>
    /// <param name="server">The server that it is on; null: none.</param>
    public bool Takes(string conversation, string? server);
}
