using MicroChat.Chat;
using MicroChat.Feedback;
using Microsoft.Extensions.AI;

namespace MicroChat.Web;

/// <summary>What making a reply needs of the host.</summary>
internal sealed class ServicesOfReplies(
    IFeedbackStore store, IChatClient client, IReplyGenerator generator, TrainingConsent consent, ProgramContext program)
{
    public IFeedbackStore Store => store;

    public IChatClient Client => client;

    public IReplyGenerator Generator => generator;

    public TrainingConsent Consent => consent;

    public TimeProvider Time => program.Time;

    public long NewSeed() => program.NewSeed();
}
