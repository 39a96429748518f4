using System.CommandLine;
using System.CommandLine.Parsing;
using MicroChat.Feedback;

namespace MicroChat.Verbs;

/// <summary><c>feedback forget</c>: deletes for good.</summary>
internal static class FeedbackForgetVerb
{
    public static Verb Create(ProgramContext program)
    {
        Option<string?> database = FeedbackVerb.Database("The feedback to delete from.");
        var exchange = new Option<Guid?>("--exchange") { HelpName = "id", Description = "Forget one exchange; `feedback show` prints ids." };
        var conversation = new Option<Guid?>("--conversation") { HelpName = "id", Description = "Forget a whole conversation." };
        var person = new Option<string?>("--person") { HelpName = "pseudonym", Description = "Forget a person; `feedback show` prints pseudonyms." };
        var user = new Option<string?>("--user") { HelpName = "platform:id", Description = "Forget a person by the platform's id, as in discord:80351110224678912." };
        var message = new Option<string?>("--message") { HelpName = "platform:id", Description = "Forget the exchange that a message carried." };
        var server = new Option<string?>("--server") { HelpName = "platform:id", Description = "Forget everything said on a server." };
        Option[] targets = [exchange, conversation, person, user, message, server];
        var verb = new Verb("forget", "Delete an exchange, a conversation, a person or a server for good; the next snapshot lists it as deleted.")
        {
            Examples =
            [
                $"{CommandLine.Name} feedback forget --user discord:80351110224678912",
                $"{CommandLine.Name} feedback forget --exchange 019a6f3e-1c5b-7d3a-8f2e-4b5c6d7e8f90",
            ],
        };
        foreach (Option option in targets)
        {
            verb.Options.Add(option);
        }
        verb.Options.Add(database);
        verb.Validators.Add(result => RequireOne(result, targets));
        verb.SetAction((parsed, cancel) => FeedbackVerb.WithStoreAsync(program, parsed.GetValue(database), async store =>
        {
            DeletionReport report = parsed switch
            {
                _ when parsed.GetValue(exchange) is { } id => await store.DeleteExchangeAsync(id, cancel),
                _ when parsed.GetValue(conversation) is { } id => await store.DeleteConversationAsync(id, cancel),
                _ when parsed.GetValue(person) is { } name => await store.ForgetPersonAsync(Pseudonym.Parse(name), cancel),
                _ when parsed.GetValue(user) is { } id => await store.ForgetPersonAsync(store.PseudonymOf(Of(user, id).Platform, Of(user, id).Id), cancel),
                _ when parsed.GetValue(message) is { } id => await store.DeleteMessagesAsync(Of(message, id).Platform, [Of(message, id).Id], cancel),
                _ => await ServerAsync(Of(server, parsed.GetValue(server)!)),
            };
            program.Terminal.Output.WriteLine(report.IsEmpty ? "Nothing found to forget." :
                $"Forgotten: {report.Exchanges} exchanges, {report.Ratings} ratings, {report.Comparisons} comparisons, {report.Answers} answers; " +
                $"the prompts of {report.ErasedContexts} others that repeated such text.");

            Task<DeletionReport> ServerAsync((string Platform, string Id) at) => store.DeletePlaceAsync(new Place(at.Platform, at.Id, "", ""), cancel);
        }));
        return verb;
    }

    private static void RequireOne(CommandResult result, Option[] targets)
    {
        int given = targets.Count(target => result.GetResult(target) is not null);
        if (given != 1)
        {
            result.AddError($"{given} of {string.Join(", ", targets.Select(target => target.Name))} were given; name exactly one thing to forget.");
        }
    }

    private static (string Platform, string Id) Of(Option option, string text) => text.Split(':', 2) is [{ Length: > 0 } platform, { Length: > 0 } id]
        ? (platform, id)
        : throw CommandException.Usage($"{option.Name} is \"{text}\"; it must be a platform and an id, as in discord:80351110224678912.");
}
