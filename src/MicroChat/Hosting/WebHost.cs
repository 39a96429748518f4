using System.Net.Sockets;
using MicroChat.Adapters;
using MicroChat.Api;
using MicroChat.Chat;
using MicroChat.Chat.Decorators;
using MicroChat.Cycles;
using MicroChat.Feedback;
using MicroChat.Options;
using MicroChat.Trials;
using MicroChat.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MicroChat.Hosting;

/// <summary>Puts the host together: services, server, and the endpoints of each area.</summary>
internal static partial class WebHost
{
    /// <summary>A host that has its model loaded and does not listen yet.</summary>
    /// <param name="program">The outside world.</param>
    /// <param name="options">Valid options.</param>
    /// <exception cref="CommandException">There is no model to serve, or the key file cannot be read.</exception>
    /// <exception cref="FeedbackException">The feedback store cannot be opened.</exception>
    public static WebApplication Build(ProgramContext program, AppOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddServer(options.Server);
        builder.AddLogs(options.Logging);
        IServiceCollection services = builder.Services;
        services.AddRouting();
        services.AddSingleton(program);
        services.AddSingleton(program.Time);
        services.AddSingleton(options);
        services.AddHosting(program);
        services.AddModel(LoadModel(program, options));
        services.AddFeedback();
        services.AddOpenAiApi();
        services.AddTrials();
        services.AddSingleton<CycleService>();
        services.AddHostedService(provider => provider.GetRequiredService<CycleService>());
        services.AddChatPage();
        services.AddDiscord(options);
        WebApplication app = builder.Build();
        app.Services.GetRequiredService<IReplyGenerator>();     // from here on the host owns it
        app.Services.GetRequiredService<IFeedbackStore>();      // opened and migrated before the start
        app.Services.GetRequiredService<MetricsPage>();         // counts from the beginning
        app.Services.GetRequiredService<ApiKeys>();             // a broken key file is found before the start
        app.UseGate(app.Services.GetRequiredService<SiteGuard>(), app.Services.GetRequiredService<Drain>());
        app.UseRouting();
        app.MapHealth();
        app.MapOpenAiApi();
        app.MapChatPage();
        return app;
    }

    /// <summary>Starts listening.</summary>
    /// <exception cref="CommandException">The address or port cannot be had.</exception>
    public static async Task StartAsync(WebApplication app, ServerOptions options, CancellationToken cancellationToken)
    {
        LogOptions(app);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw CommandException.Failure(
                $"cannot listen on {options.Address} port {options.Port}: {e.Message.TrimEnd('.')}. Choose another with --port (0: any free one), or end the program that has it.");
        }
    }

    /// <summary>Where a started host listens, the port it was given included.</summary>
    public static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static IReplyGenerator LoadModel(ProgramContext program, AppOptions options)
    {
        string folder = ModelFolder.Find(options.Model.Folder is "" ? null : options.Model.Folder, program.BaseFolder);
        TokenizerLibraries.Use(options.Model.Tokenizer);
        ComputeDevices.Use(options.Model.Device);
        return program.LoadForServing?.Invoke(folder, options.Engine) ?? program.LoadModel(folder);
    }

    private static void AddHosting(this IServiceCollection services, ProgramContext program)
    {
        services.AddMetrics();
        services.AddSingleton<ChatMetrics>();
        services.AddSingleton<MetricsPage>();
        services.AddSingleton<OperatorAccess>();
        services.AddSingleton<SiteGuard>();
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        if (!string.IsNullOrEmpty(program.Variable(OtlpExport.Variable)))
        {
            services.AddHostedService<OtlpExport>();
        }
    }

    private static void AddModel(this IServiceCollection services, IReplyGenerator generator)
    {
        services.AddSingleton(_ => generator);      // made by a factory, so that the host disposes it
        services.AddSingleton<IChatClient>(provider =>
        {
            IChatClient local = new LocalChatClient(provider.GetRequiredService<IReplyGenerator>(), provider.GetRequiredService<TimeProvider>());
            IChatClient limited = new LimitingChatClient(local, provider.GetRequiredService<AppOptions>().Limits, provider.GetRequiredService<TimeProvider>());
            IChatClient draining = new DrainingChatClient(limited, provider.GetRequiredService<Drain>());
            return ActivatorUtilities.CreateInstance<MeasuredChatClient>(provider, draining);
        });
    }

    private static void LogOptions(WebApplication app)
    {
        AppOptions options = app.Services.GetRequiredService<AppOptions>();
        ILogger log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(WebHost));
        foreach (IGrouping<string, OptionField> section in OptionField.All.GroupBy(field => field.Section))
        {
            string values = string.Join(", ", section.Select(field => $"{field.Name} = {field.Show(options)}"));
            LogOptions(log, section.Key, values);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Options {Section}: {Values}")]
    private static partial void LogOptions(ILogger log, string section, string values);
}
