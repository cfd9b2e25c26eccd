/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shot.h"

#include <string.h>

#include "error.h"

/* The hosts document no common limit; this one just keeps a request far below
 * the maximum size of a reply. */
#define PROMPT_MAX (64 * 1024)
#define URL_MAX 4096
#define MODEL_MAX 128

const gchar *
gst_hailuo_routing_get_nick (GstHailuoRouting routing)
{
  static const gchar *const nicks[] = { "default", "auto", "value",
    "official" };

  return nicks[routing];
}

static gboolean
is_blank (const gchar *text)
{
  return text == NULL || text[strspn (text, " \t\r\n\v\f")] == '\0';
}

/* Messages never contain the prompt itself: errors end up in logs. */
static void
check_prompt (const gchar *prompt, GPtrArray *problems)
{
  if (is_blank (prompt))
    gst_hailuo_add_problem (problems,
        "prompt is %s: describe the clip in a few words.",
        prompt == NULL ? "not set" : "blank");
  else if (!g_utf8_validate (prompt, -1, NULL))
    gst_hailuo_add_problem (problems, "prompt must be valid UTF-8.");
  else if (strlen (prompt) > PROMPT_MAX)
    gst_hailuo_add_problem (problems,
        "prompt has %" G_GSIZE_FORMAT " bytes: at most %d are allowed.",
        strlen (prompt), PROMPT_MAX);
}

static gboolean
has_word (const gchar *words, const gchar *word)
{
  g_auto (GStrv) list = g_strsplit (words, " ", -1);

  return g_strv_contains ((const gchar *const *) list, word);
}

/* Refuses only an extension that certainly means another format: many image
 * links have none. */
static void
check_image_format (const GstHailuoCatalogue *catalogue, const gchar *shown,
    const gchar *path, GPtrArray *problems)
{
  const gchar *dot = strrchr (path, '.');
  g_autofree gchar *ending = dot ? g_ascii_strdown (dot + 1, -1) : NULL;

  if (ending != NULL && catalogue->image_formats != NULL
      && has_word (
          "jpg jpeg png webp gif bmp tif tiff heic avif svg mp4 pdf", ending)
      && !has_word (catalogue->image_formats, ending))
    gst_hailuo_add_problem (problems, "%s is a %s file: %s takes %s.", shown,
        ending, catalogue->title, catalogue->image_formats);
}

static void
check_image (const GstHailuoCatalogue *catalogue, const gchar *image,
    GPtrArray *problems)
{
  g_autoptr (GUri) uri = NULL;
  g_autofree gchar *shown = gst_hailuo_describe_url ("image", image);
  const gchar *scheme;

  if (strlen (image) <= URL_MAX && g_str_is_ascii (image)
      && strpbrk (image, " \t\r\n\"<>\\^`{|}") == NULL)
    uri = g_uri_parse (
        image, G_URI_FLAGS_ENCODED | G_URI_FLAGS_HAS_PASSWORD, NULL);
  scheme = uri ? g_uri_get_scheme (uri) : NULL;
  if (uri == NULL
      || (g_ascii_strcasecmp (scheme, "http") != 0
          && g_ascii_strcasecmp (scheme, "https") != 0)
      || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    gst_hailuo_add_problem (problems,
        "%s is not an http or https URL: %s fetches the"
        " image itself, so it needs a public URL of at most %d characters.",
        shown, catalogue->title, URL_MAX);
    return;
  }
  if (g_uri_get_userinfo (uri) != NULL) {
    gst_hailuo_add_problem (problems,
        "image has a user name or password in its URL, which would be sent to"
        " %s: use a URL without one.",
        catalogue->title);
    return;
  }
  check_image_format (catalogue, shown, g_uri_get_path (uri), problems);
}

gboolean
gst_hailuo_model_name_is_valid (const gchar *model)
{
  gsize length = strlen (model);

  return length > 0 && length <= MODEL_MAX
      && strspn (model,
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789._-/:")
      == length
      && strstr (model, "..") == NULL && model[0] != '/';
}

void
gst_hailuo_check_model_name (const gchar *model, GPtrArray *problems)
{
  g_autofree gchar *shown = gst_hailuo_sanitize (model);

  if (model != NULL && !gst_hailuo_model_name_is_valid (model))
    gst_hailuo_add_problem (problems,
        "model=%s is not the name of a model: letters, digits and . _ - / :"
        " are allowed, %d at most.",
        shown ? shown : "", MODEL_MAX);
}

static const GstHailuoModel *
find_model_by_name (const GstHailuoCatalogue *catalogue, const gchar *name)
{
  guint i;

  for (i = 0; i < catalogue->n_models; i++) {
    if (catalogue->models[i].name == NULL
        || g_str_equal (catalogue->models[i].name, name))
      return &catalogue->models[i];
  }
  return NULL;
}

static const GstHailuoModel *
find_model_by_mode (const GstHailuoCatalogue *catalogue, GstHailuoMode mode)
{
  guint i;

  for (i = 0; i < catalogue->n_models; i++) {
    if (catalogue->models[i].name != NULL
        && gst_hailuo_model_has_mode (&catalogue->models[i], mode))
      return &catalogue->models[i];
  }
  return &catalogue->models[0];
}

/* auto: standard, or pro if that is all the named model variants. */
static GstHailuoMode
resolve_mode (const GstHailuoModel *model, GstHailuoMode mode, gboolean image)
{
  GstHailuoMode standard = image ? GST_HAILUO_MODE_STANDARD_IMAGE_TO_VIDEO
                                 : GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO;
  GstHailuoMode pro = image ? GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO
                            : GST_HAILUO_MODE_PRO_TEXT_TO_VIDEO;

  if (mode != GST_HAILUO_MODE_AUTO)
    return mode;
  if (model != NULL && !gst_hailuo_model_has_mode (model, standard)
      && gst_hailuo_model_has_mode (model, pro))
    return pro;
  return standard;
}

static gchar *
list_modes (const GstHailuoModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint mode;

  for (mode = GST_HAILUO_MODE_STANDARD_TEXT_TO_VIDEO;
       mode <= GST_HAILUO_MODE_PRO_IMAGE_TO_VIDEO; mode++) {
    if (gst_hailuo_model_has_mode (model, mode))
      g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
          gst_hailuo_mode_get_nick (mode));
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* "6 or 10": the durations of all its modes, as far as they have any. */
static gchar *
list_durations (const GstHailuoModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint i;

  for (i = 0; i < model->n_variants; i++) {
    const guint duration = model->variants[i].duration;

    if (duration != 0 && !gst_hailuo_model_has_duration (model, i, duration))
      g_string_append_printf (
          text, "%s%u", text->len > 0 ? " or " : "", duration);
  }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Finds the variant for mode, duration and resolution, and adds to @problems what
 * rules it out. */
static const GstHailuoVariant *
check_variant (const GstHailuoCatalogue *catalogue, const GstHailuoModel *model,
    const gchar *name, GstHailuoMode mode, const GstHailuoParams *params,
    GPtrArray *problems)
{
  const GstHailuoVariant *variant;
  g_autofree gchar *durations = list_durations (model);
  gboolean known_duration = params->duration != 0
      && gst_hailuo_model_has_duration (
          model, model->n_variants, params->duration);

  if (!known_duration)
    gst_hailuo_add_problem (problems,
        "duration must be %s (seconds) with model %s of %s, not %u.", durations,
        name, catalogue->title, params->duration);

  if (!gst_hailuo_model_has_mode (model, mode)) {
    g_autofree gchar *modes = list_modes (model);

    gst_hailuo_add_problem (problems,
        "mode=%s%s is not supported by model %s of %s, which supports %s%s.",
        gst_hailuo_mode_get_nick (params->mode),
        params->mode == GST_HAILUO_MODE_AUTO ? " without an image" : "", name,
        catalogue->title, modes,
        is_blank (params->image) && !gst_hailuo_mode_has_image (mode)
            ? ", so set image"
            : "");
    return NULL;
  }

  variant = gst_hailuo_model_find_variant (model, mode,
      known_duration ? params->duration : model->variants[0].duration,
      params->resolution);
  if (variant == NULL) {
    g_autofree gchar *variants = gst_hailuo_model_describe (model, mode);

    gst_hailuo_add_problem (problems,
        "duration=%u with resolution=%s is not supported by model %s of %s in"
        " mode=%s, which supports %s.",
        params->duration, gst_hailuo_resolution_get_nick (params->resolution),
        name, catalogue->title, gst_hailuo_mode_get_nick (mode), variants);
  }
  return variant;
}

static void
check_image_fits_mode (
    GstHailuoMode mode, const gchar *image, GPtrArray *problems)
{
  if (image == NULL && gst_hailuo_mode_has_image (mode))
    gst_hailuo_add_problem (problems,
        "image is not set: mode=%s needs the URL of the"
        " first frame.",
        gst_hailuo_mode_get_nick (mode));
  if (image != NULL && !gst_hailuo_mode_has_image (mode))
    gst_hailuo_add_problem (problems,
        "image is set, but mode=%s takes none: unset image,"
        " or use an image-to-video mode.",
        gst_hailuo_mode_get_nick (mode));
}

static void
check_rest (const GstHailuoCatalogue *catalogue, const GstHailuoParams *params,
    GPtrArray *problems)
{
  if (params->take == 0)
    gst_hailuo_add_problem (
        problems, "take=0 is not allowed: takes are numbered from 1.");
  if (params->routing != GST_HAILUO_ROUTING_DEFAULT && !catalogue->has_routing)
    gst_hailuo_add_problem (problems,
        "routing=%s is not supported by %s: leave it at default.",
        gst_hailuo_routing_get_nick (params->routing), catalogue->title);
}

/* Prefixes each field with its length: no two shots may give the same text. */
static gchar *
compute_id (const GstHailuoShot *self, const gchar *base_url)
{
  g_autoptr (GString) text = g_string_new ("hailuo-shot-1\n");
  g_autofree gchar *duration = g_strdup_printf ("%u", self->duration);
  g_autofree gchar *take = g_strdup_printf ("%u", self->take);
  const gchar *fields[] = { self->catalogue->nick, self->model,
    gst_hailuo_mode_get_nick (self->variant->mode), self->prompt,
    self->image ? self->image : "", duration,
    gst_hailuo_resolution_get_nick (self->variant->resolution),
    gst_hailuo_routing_get_nick (self->routing), take, base_url };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (fields) && fields[i] != NULL; i++)
    g_string_append_printf (
        text, "%" G_GSIZE_FORMAT ":%s\n", strlen (fields[i]), fields[i]);
  return g_compute_checksum_for_string (
      G_CHECKSUM_SHA256, text->str, text->len);
}

GstHailuoShot *
gst_hailuo_shot_new (const GstHailuoCatalogue *catalogue,
    const GstHailuoParams *params, const gchar *base_url, GPtrArray *problems)
{
  const guint before = problems->len;
  const gchar *image = is_blank (params->image) ? NULL : params->image;
  const gchar *wanted = params->model && *params->model ? params->model : NULL;
  const GstHailuoModel *model = NULL;
  const GstHailuoVariant *variant = NULL;
  const gchar *name;
  GstHailuoMode mode;
  GstHailuoShot *self;

  check_prompt (params->prompt, problems);
  check_rest (catalogue, params, problems);

  gst_hailuo_check_model_name (wanted, problems);
  if (wanted != NULL)
    model = find_model_by_name (catalogue, wanted);
  mode = resolve_mode (model, params->mode, image != NULL);
  if (model == NULL)
    model = find_model_by_mode (catalogue, mode);
  name = wanted && gst_hailuo_model_name_is_valid (wanted) ? wanted
                                                           : model->name;
  if (name == NULL)
    name = "(unlisted)";

  variant = check_variant (catalogue, model, name, mode, params, problems);
  if (gst_hailuo_model_has_mode (model, mode))
    check_image_fits_mode (mode, image, problems);
  if (image != NULL)
    check_image (catalogue, image, problems);
  if (problems->len > before)
    return NULL;

  self = g_new0 (GstHailuoShot, 1);
  self->catalogue = catalogue;
  self->variant = variant;
  self->model = g_strdup (name);
  self->prompt = g_strdup (params->prompt);
  self->image = g_strdup (image);
  self->duration = variant->duration;
  self->routing = params->routing;
  self->take = params->take;
  self->id = compute_id (self, base_url);
  return self;
}

void
gst_hailuo_shot_free (GstHailuoShot *self)
{
  if (self == NULL)
    return;
  g_free (self->model);
  g_free (self->prompt);
  g_free (self->image);
  g_free (self->id);
  g_free (self);
}
