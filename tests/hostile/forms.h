/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forms.h: links that a host may give, most of which lead where no clip is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  FORM_REFUSED, /* by what is written there */
  FORM_NAME,    /* by where the name leads */
  FORM_PUBLIC   /* it is in order: it may be fetched, from public addresses */
} FormKind;

typedef struct
{
  gchar *link;
  FormKind kind;
} Form;

/* What the names lead to: FORMS_NAME with the index is the name.  Several
 * addresses of one name are between spaces. */
#define FORMS_NAME "n%u.hailuo.test"
extern const gchar *const form_addresses[];
extern const guint n_form_addresses;

/* (element-type Form) */
GPtrArray *forms_new (void);

G_END_DECLS
