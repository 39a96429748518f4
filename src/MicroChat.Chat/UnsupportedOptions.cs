using Microsoft.Extensions.AI;

namespace MicroChat.Chat;

/// <summary>Refuses the parts of <see cref="ChatOptions"/> that a small local model has nothing to answer with.</summary>
internal static class UnsupportedOptions
{
    public static void Refuse(ChatOptions? options, string model)
    {
        if (options is null)
        {
            return;
        }
        Require(options.Tools is not { Count: > 0 } && options.ToolMode is not RequiredChatToolMode, nameof(options.Tools), "this model calls no tools");
        Require(options.ResponseFormat is null or ChatResponseFormatText, nameof(options.ResponseFormat), "this model writes plain text only");
        Require(options.ConversationId is null, nameof(options.ConversationId), "conversations are kept by the caller");
        Require(options.Reasoning is null, nameof(options.Reasoning), "this model has no reasoning mode");
        Require(options.RawRepresentationFactory is null, nameof(options.RawRepresentationFactory), "there is no other representation");
#pragma warning disable MEAI001 // the member is marked experimental; it is read only to refuse it
        Require(options.ContinuationToken is null, nameof(options.ContinuationToken), "a reply cannot be continued");
#pragma warning restore MEAI001
        Require(options.ModelId is null || options.ModelId == model, nameof(options.ModelId), $"the model here is \"{model}\", not \"{options.ModelId}\"");
    }

    private static void Require(bool holds, string option, string reason)
    {
        if (!holds)
        {
            throw new ArgumentException($"ChatOptions.{option} is set and cannot be honoured: {reason}. Leave it unset.", nameof(option));
        }
    }
}
