using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;
using MicroChat.Options;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Hosting;

/// <summary>The feedback store of the host.</summary>
internal static class FeedbackSetup
{
    /// <summary>Registers the store; it opens when it is first asked for.</summary>
    public static void AddFeedback(this IServiceCollection services)
    {
        services.AddSingleton<IFeedbackStore>(provider => Open(
            provider.GetRequiredService<ProgramContext>(), provider.GetRequiredService<AppOptions>().Feedback));
        services.AddSingleton<IReadinessCheck, StoreCheck>();
    }

    /// <summary>Opens the store, and makes it on first use.</summary>
    /// <exception cref="FeedbackException">The database or its key cannot be used; the message says why and how to mend it.</exception>
    public static SqliteFeedbackStore Open(ProgramContext program, FeedbackOptions options)
    {
        string path = Database(options, program.DataFolder);
        StoreKey key = StoreKey.Find(program.Variable(StoreKey.Variable), path);
        return SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = path }, key, program.Time);
    }

    /// <summary>The database that the options name, or the one in the data folder.</summary>
    public static string Database(FeedbackOptions options, string dataFolder) =>
        options.Database.Length > 0 ? options.Database : Path.Combine(dataFolder, SqliteFeedbackOptions.DefaultFileName);
}
