using System.Net;
using MicroChat.Chat;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Hosting;

/// <summary>Puts the host together: services, server, and the endpoints of each area.</summary>
internal static class WebHost
{
    /// <summary>A host that has its model loaded and does not listen yet.</summary>
    /// <param name="program">The outside world.</param>
    /// <param name="options">Valid options.</param>
    /// <exception cref="CommandException">There is no model to serve.</exception>
    public static WebApplication Build(ProgramContext program, AppOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.AddServer(options.Server);
        builder.AddLogs(options.Logging);
        builder.Services.AddRouting();
        builder.Services.AddSingleton(program);
        builder.Services.AddSingleton(program.Time);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<OperatorAccess>();
        IReplyGenerator generator = program.LoadModel(ModelFolder.Find(options.Model.Folder is "" ? null : options.Model.Folder, program.BaseFolder));
        builder.Services.AddSingleton(_ => generator);      // made by a factory, so that the host disposes it
        builder.Services.AddSingleton<IChatClient>(services =>
            new LocalChatClient(services.GetRequiredService<IReplyGenerator>(), services.GetRequiredService<TimeProvider>()));
        WebApplication app = builder.Build();
        app.Services.GetRequiredService<IReplyGenerator>();
        app.MapHealth();
        return app;
    }

    /// <summary>Where a started host listens, the port it was given included.</summary>
    public static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
